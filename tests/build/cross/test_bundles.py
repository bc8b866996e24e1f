"""Bundles for other systems: run by QEMU and Wine, and looked into for macOS."""

from __future__ import annotations

import json
import posixpath
from ast import literal_eval
from pathlib import Path

import pytest
from published_pythons import bytedeco
from requirements import require_tool

from ferrule.formats.macho import is_macho, read_macho

pytestmark = [pytest.mark.build, pytest.mark.network]

ARM, WINDOWS = "aarch64-unknown-linux-gnu", "x86_64-pc-windows-gnu"
MAC = "aarch64-apple-darwin"
DEV = ("--profile", "dev")
PLACES = "[m('sys').executable, m('sys').prefix, *m('sys').path]".replace(
    "m(", "__import__("
)
EVERYTHING = """
import bz2, ctypes, decimal, hashlib, host, json, lzma, sqlite3, ssl, sys, uuid, zlib
import asyncio, colorama, importlib.metadata, markupsafe._speedups
assert host.double(21) == 42
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert ssl.create_default_context().check_hostname
assert ctypes.windll.kernel32.GetCurrentProcessId() > 0
assert importlib.metadata.version("markupsafe")
home = sys.prefix + chr(92)
assert all(path.startswith(home) for path in sys.path), sys.path
assert markupsafe._speedups.__file__.startswith(home)
assert sys.executable == home + "old-program.exe", sys.executable
print(asyncio.run(asyncio.sleep(0, "awaited")), json.dumps(sys.argv[3:]), end="")
"""


@pytest.fixture
def bundle_for(debian_rust, copy_project, run_ferrule, tmp_path):
    """Return a function that bundles a project's program for a target."""

    def bundle(project, target, python, *words, has_source=True, **env) -> Path:
        out = tmp_path / "made" / "app"
        variables = {**debian_rust(has_source=has_source), **env}
        arguments = ("--target", target, "--python", python, *DEV, "-o", out)
        copied = copy_project(project)
        run_ferrule("bundle", *arguments, *words, cwd=copied, env=variables).check()
        return out

    return bundle


def test_for_another_processor(bundle_for, qemu, foreign_root, tmp_path) -> None:
    require_tool("aarch64-linux-gnu-gcc")
    machine = qemu("arm64")
    words = ("--packages", "idna", "--verify", "--sources")
    project = "examples/embedding-program"
    python = foreign_root("arm64")
    made = bundle_for(project, ARM, python, *words, has_source=False)
    told = json.loads((made / "bundle.json").read_text())
    assert told["target"] == ARM
    assert told["python"].startswith("3.11.")
    moved = made.rename(tmp_path / "möved here")
    program = moved / "bin" / "calculator"
    executable, prefix, *path = literal_eval(machine.run(program, PLACES, cwd=tmp_path))
    assert (executable, prefix) == (str(program), str(moved))
    assert all(folder.startswith(str(moved)) for folder in path)
    expression = "__import__('sqlite3').sqlite_version_info > (3,)"
    assert machine.run(program, expression, cwd=tmp_path) == "True"
    assert machine.run(program, "__import__('idna').encode('ö')", cwd=tmp_path)


def test_for_windows(
    bundle_for, windows_python, wine, wine_variables, tmp_path
) -> None:
    require_tool("x86_64-w64-mingw32-gcc")
    # What the markers say holds for Windows: pip itself runs on Linux here.
    words = ["--packages", "markupsafe", "colorama; sys_platform == 'win32'"]
    words += ["missing-on-windows; sys_platform == 'linux'", "--verify"]
    # PyO3 0.22 takes Python's functions from an import library.
    project = "tests/build/bundle/old-program"
    python = windows_python("3.11")
    made = bundle_for(project, WINDOWS, python, *words, **wine_variables)
    assert {"old-program.exe", "python311.dll", "python3.dll", "DLLs", "Lib"} <= {
        path.name for path in made.iterdir()
    }
    moved = made.rename(tmp_path / "möved here")
    program = moved / "old-program.exe"
    said = wine(program, "automatic", EVERYTHING, "a", 'b "c" \\', cwd=tmp_path)
    assert said == 'awaited ["a", "b \\"c\\" \\\\"]'
    code = "import atexit; atexit.register(print, 'at the end', end='')"
    assert wine(program, "prepared", code, cwd=tmp_path) == "at the end"
    # Nothing of the user's counts, nor of the folder that he is in.
    (tmp_path / "host.py").write_text("raise SystemExit('the wrong module')")
    home = {"PYTHONHOME": "Z:\\nowhere", "PYTHONPATH": "Z:" + str(tmp_path)}
    code = "import host; print(host.double(1))"
    assert wine(program, "automatic", code, cwd=tmp_path, **home) == "2"


def test_for_windows_with_the_newest_python(bundle_for, wine, tmp_path) -> None:
    require_tool("x86_64-w64-mingw32-gcc")
    folder = bytedeco("3.14.3-1.5.13", "windows-x86_64", tmp_path / "python")
    project = "examples/embedding-program"
    made = bundle_for(project, WINDOWS, folder)
    program = made / "calculator.exe"
    answer = literal_eval(wine(program, PLACES, cwd=tmp_path))
    home = "Z:" + str(made).replace("/", "\\")
    assert answer[:2] == [home + "\\calculator.exe", home]
    assert answer[2:] == [home + "\\Lib"] or answer[2:] == [
        home + "\\DLLs",
        home + "\\Lib",
    ]
    assert json.loads((made / "bundle.json").read_text())["python"] == "3.14.3"


def test_for_macos(bundle_for, zig, tmp_path) -> None:
    folder = bytedeco("3.13.5-1.5.12", "macosx-arm64", tmp_path / "python")
    project = "examples/embedding-program"
    made = bundle_for(project, MAC, folder, FERRULE_ZIG=zig)
    told = json.loads((made / "bundle.json").read_text())
    assert told["needs"].startswith("macOS ")
    lacking = set()
    count = 0
    for path in sorted(item for item in made.rglob("*") if item.is_file()):
        with path.open("rb") as stream:
            if not is_macho(stream.read(8)):
                continue
        count += 1
        place = path.relative_to(made).as_posix()
        for part in read_macho(path).slices:
            lacking |= {(place, name) for name in unresolved(made, place, part.needed)}
            assert part.signature is not None, place
    assert count > 20
    # This Python does not bring the libraries of two of its modules.
    assert {posixpath.basename(place).split(".")[0] for place, _ in lacking} <= {
        "_decimal",
        "_lzma",
    }
    (program,) = read_macho(made / "bin" / "calculator").slices
    assert "@executable_path/../lib/libpython3.13.dylib" in program.needed
    # Python is started by the hook, which is the program's own.
    assert "_Py_InitializeEx" not in {item.name for item in program.imports}


def unresolved(root: Path, place: str, names: tuple[str, ...]):
    for name in names:
        if name.startswith(("/usr/lib/", "/System/")):
            continue
        head, _, rest = name.partition("/")
        folders = {"@loader_path": posixpath.dirname(place), "@executable_path": "bin"}
        if head not in folders or not (root / folders[head] / rest).is_file():
            yield name
