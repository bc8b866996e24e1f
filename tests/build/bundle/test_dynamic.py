"""Dynamic bundles, run where nothing of the machine that built them is."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from published_pythons import bytedeco

from ferrule.bundle.hook.object import Hook
from ferrule.bundle.rust_sources import read_source
from ferrule.cargo.objects import RustSource, compile_source
from ferrule.cargo.toolchain import identify_toolchain

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
FACTS = """
import json, sys
print(json.dumps([sys.executable, sys.prefix, sys.argv[3:], sys.path]))
"""
EVERYTHING = """
import bz2, ctypes, decimal, hashlib, host, lzma, sqlite3, ssl, sys, uuid, zlib
import asyncio, importlib.metadata, importlib.resources, plainsingle, plainthing
assert host.double(21) == plainthing.VALUE
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert ssl.create_default_context().check_hostname
text = importlib.resources.files("plainthing").joinpath("data", "text.txt")
assert text.read_text() == "text of a package"
assert importlib.metadata.version("plainthing") == "1.0"
assert plainthing.__file__.startswith(sys.prefix), plainthing.__file__
assert sys.plainthing_path_file_ran
print("all there", asyncio.run(asyncio.sleep(0, "and awaited")))
"""


def test_the_example_calculates(new_bundle) -> None:
    done = new_bundle.run("floor(pi) ** 2")
    assert (done.returncode, done.stdout) == (0, "9\n"), done.stderr
    done = new_bundle.run("1 / 0")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("way", ["automatic", "prepared", "embedded"])
def test_every_way_to_start_python(old_bundle, way) -> None:
    done = old_bundle.run(way, FACTS, "a", "b c")
    assert done.returncode == 0, done.stderr
    executable, prefix, words, path = json.loads(done.stdout.splitlines()[0])
    assert executable == str(old_bundle.folder / "bin" / "old-program")
    assert prefix == str(old_bundle.folder)
    assert words == ["a", "b c"]
    assert all(folder.startswith(f"{prefix}/lib") for folder in path), path


def test_in_a_root_with_nothing_but_the_c_library(
    old_bundle, run_in_empty_root
) -> None:
    # Without /proc glibc's loader does not know where a program lies.
    done = run_in_empty_root(old_bundle, ["automatic", EVERYTHING], has_proc=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all there and awaited\n"
    done = run_in_empty_root(old_bundle, ["automatic", FACTS, "x"], has_proc=True)
    executable, prefix, words, _ = json.loads(done.stdout)
    assert executable == "/moved/to/bin/old-program"
    assert (prefix, words) == ("/moved/to", ["x"])


def test_it_can_be_moved_and_linked_to(old_bundle, tmp_path: Path) -> None:
    moved = tmp_path / "möved here"
    shutil.copytree(old_bundle.folder, moved)
    link = tmp_path / "bin" / "tool"
    link.parent.mkdir()
    link.symlink_to(moved / "bin" / "old-program")
    for locale in ({}, {"LC_ALL": "C.UTF-8"}):
        code = FACTS + "print(sys.executable)"
        done = subprocess.run(
            [link, "automatic", code],
            env=locale,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        first, second = done.stdout.splitlines()
        assert json.loads(first)[1] == str(moved)
        assert second == str(moved / "bin" / "old-program")


def test_variables_of_the_user_change_nothing(old_bundle, tmp_path: Path) -> None:
    (tmp_path / "host.py").write_text("raise SystemExit('the wrong module')")
    env = {
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": str(tmp_path / "host.py"),
        "PYTHONEXECUTABLE": "/other/app",
        "PATH": os.path.dirname(sys.executable),
    }
    code = "import host, sys; print(host.double(1), sys.executable)"
    done = old_bundle.run("automatic", code, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"2 {old_bundle.folder}/bin/{old_bundle.program}\n"


def test_what_was_printed_arrives(old_bundle) -> None:
    code = (
        "import atexit, sys; atexit.register(print, 'at the end'); "
        "print('no newline', end=''); sys.stderr.write('error')"
    )
    done = old_bundle.run("automatic", code)
    assert done.stdout == "no newlineat the end\n"
    assert done.stderr == "error"


def test_nothing_is_written_at_run_time(old_bundle) -> None:
    before = sorted(path for path in old_bundle.folder.rglob("*"))
    assert old_bundle.run("automatic", EVERYTHING).returncode == 0
    assert sorted(path for path in old_bundle.folder.rglob("*")) == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to be root"
)
def test_another_user_without_a_home_runs_it(old_bundle, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(old_bundle.folder, "/tmp/ferrule-bundle-of-another"))
    try:
        done = subprocess.run(
            [moved / "bin" / "old-program", "automatic", EVERYTHING],
            env={"HOME": "/nonexistent"},
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(moved)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_other_pythons(make_bundle, interpreter, plain_wheel, version) -> None:
    python = interpreter(version)
    words = ["--python", python, "--packages", plain_wheel]
    made = make_bundle(HERE / "old-program", "old-program", *words)
    done = made.run("automatic", EVERYTHING + "print(sys.version_info[:2])")
    assert done.returncode == 0, done.stderr
    assert str(tuple(map(int, version.split(".")))) in done.stdout


@pytest.fixture(scope="module")
def python_3_14(tmp_path_factory) -> Path:
    """Return a Python 3.14 that was moved after it was built."""
    folder = tmp_path_factory.mktemp("python")
    home = bytedeco("3.14.3-1.5.13", "linux-x86_64", folder)
    # Archives of this kind hold no links.
    shutil.copy(home / "libpython3.14.so.1.0", home / "lib")
    (home / "lib" / "libpython3.14.so").symlink_to("libpython3.14.so.1.0")
    (home / "bin" / "python3.14").chmod(0o755)
    return home / "bin" / "python3.14"


@pytest.mark.network
@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64",
    reason="that Python is for Linux on x86-64",
)
def test_a_python_with_the_new_way_to_be_configured(
    make_bundle, python_3_14, run_in_empty_root
) -> None:
    project = HERE.parents[2] / "examples" / "embedding-program"
    made = make_bundle(project, "calculator", "--python", python_3_14)
    words = ["[m('sys').version[:4], m('sys').executable, m('sys').prefix]"]
    words = [words[0].replace("m(", "__import__(")]
    done = run_in_empty_root(made, words, has_proc=True)
    assert done.stdout == ("['3.14', '/moved/to/bin/calculator', '/moved/to']\n"), (
        done.stderr
    )


def bundle_again(new_bundle, run_ferrule, python, *words):
    project = new_bundle.folder.parents[1] / "embedding-program"
    return run_ferrule("bundle", "--python", python, *words, cwd=project)


def test_a_second_bundle_compiles_nothing(
    new_bundle, run_ferrule, bundling_python
) -> None:
    out = new_bundle.folder
    done = bundle_again(new_bundle, run_ferrule, bundling_python, "-vv", "-o", out)
    assert done.check().returncode == 0
    assert "Compiling" not in done.stderr
    assert "the same contents were tried before, and worked" in done.stderr
    assert "--wrap=Py_InitializeEx" in done.stderr


def test_archives_are_the_same_every_time(
    new_bundle, run_ferrule, bundling_python, tmp_path: Path
) -> None:
    contents = []
    for name in ("first", "second"):
        out = tmp_path / name / "app.tar.gz"
        words = ["--format", "tar.gz", "--no-verify", "-o", out]
        bundle_again(new_bundle, run_ferrule, bundling_python, *words).check()
        contents.append(out.read_bytes())
    assert contents[0] == contents[1]
    subprocess.run(["tar", "xzf", "first/app.tar.gz"], cwd=tmp_path, check=True)
    argv = [tmp_path / "app" / "bin" / "calculator", "6 * 7"]
    done = subprocess.run(argv, env={}, capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"


def test_every_flag_and_file_has_its_reason(
    new_bundle, run_ferrule, bundling_python
) -> None:
    words = ["--json", "--no-verify", "-o", new_bundle.folder]
    done = bundle_again(new_bundle, run_ferrule, bundling_python, *words).check()
    told = done.json()
    assert told["mode"] == "dynamic"
    other_starts = "programs that start Python by its own functions"
    own = [item for item in told["flags"] if item["reason"] != other_starts]
    assert len(own) == 4
    assert all(item["reason"] for item in (*told["flags"], *told["files"]))
    assert {item["name"] for item in told["leftOut"]} >= {"ensurepip", "idlelib"}
    words = ["--explain", "--no-verify", "-o", new_bundle.folder]
    done = bundle_again(new_bundle, run_ferrule, bundling_python, *words).check()
    assert "DT_RPATH" in done.stdout
    assert "your program, linked to the bundle's own libpython" in done.stdout


def test_a_bundle_that_does_not_work_replaces_nothing(
    new_bundle, run_ferrule, bundling_python, tmp_path: Path
) -> None:
    before = sorted(new_bundle.folder.rglob("*"))
    wheel = make_broken_wheel(tmp_path)
    words = ["--packages", wheel, "-o", new_bundle.folder]
    done = bundle_again(new_bundle, run_ferrule, bundling_python, *words)
    assert done.returncode == 3
    assert "import broken: ModuleNotFoundError: No module named 'missing_it'" in (
        done.stderr
    )
    assert sorted(new_bundle.folder.rglob("*")) == before


def make_broken_wheel(folder: Path) -> Path:
    path = folder / "broken-1-py3-none-any.whl"
    info = "broken-1.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("broken.py", "import missing_it\n")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: broken\nVersion: 1\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        names = ["broken.py", *(f"{info}/{x}" for x in ("METADATA", "WHEEL", "RECORD"))]
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in names))
    return path


def test_an_environment_is_taken_as_it_is(
    new_bundle, run_ferrule, bundling_python, make_venv, plain_wheel, tmp_path: Path
) -> None:
    venv = make_venv(bundling_python)
    venv.install(plain_wheel)
    out = tmp_path / "app"
    words = ["--environment", venv.folder, "-o", out]
    bundle_again(new_bundle, run_ferrule, bundling_python, *words).check()
    assert list(out.rglob("plainthing/part.pyc"))
    assert list(out.rglob("plainthing/data/text.txt"))
    assert not list(out.rglob("*.py"))


@pytest.mark.network
def test_published_wheels(
    new_bundle, run_ferrule, bundling_python, run_in_empty_root, tmp_path: Path
) -> None:
    out = tmp_path / "app"
    words = ["--packages", "numpy", "requests", "-o", out]
    bundle_again(new_bundle, run_ferrule, bundling_python, *words).check()
    made = replace(new_bundle, folder=out)
    for expression, answer in (
        ("__import__('numpy').linalg.inv([[2.0]])[0, 0] + 0", "0.5"),
        ("__import__('os').path.exists(__import__('requests').certs.where())", "True"),
    ):
        done = run_in_empty_root(made, [expression], has_proc=True)
        assert done.stdout == f"{answer}\n", done.stderr
    # Files of packages are what their authors published.
    (core,) = out.rglob("numpy/_core/_multiarray_umath*.so")
    assert b"$ORIGIN/../../numpy.libs" in core.read_bytes()


def test_pypy_is_refused_before_cargo(
    new_bundle, run_ferrule, interpreter, tmp_path: Path
) -> None:
    words = ["-o", tmp_path / "app", "-v"]
    done = bundle_again(new_bundle, run_ferrule, interpreter("pypy3"), *words)
    assert done.returncode == 4
    assert "cannot be bundled" in done.stderr
    assert "cargo rustc" not in done.stderr


def test_a_foreign_folder_is_refused_before_cargo(
    new_bundle, run_ferrule, bundling_python, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("")
    words = ["-o", tmp_path, "-v"]
    done = bundle_again(new_bundle, run_ferrule, bundling_python, *words)
    assert done.returncode == 6
    assert "is not replaced" in done.stderr
    assert "cargo rustc" not in done.stderr


@pytest.fixture(scope="module")
def hook_object(tmp_path_factory, bundling_python, user_env) -> Path:
    folder = tmp_path_factory.mktemp("hook")
    source = RustSource("ferrule_hook", Hook((3, 11), 2).source, "hook.o")
    return compile_source(
        source,
        identify_toolchain(user_env, folder),
        target="",
        target_directory=folder,
        env=user_env,
        cwd=folder,
    )


def test_the_hook_needs_python_and_the_c_library_only(hook_object) -> None:
    if shutil.which("nm") is None:
        pytest.skip("needs nm")
    done = subprocess.run(
        ["nm", "-u", hook_object], capture_output=True, text=True, check=True
    )
    names = {
        line.split()[-1].replace("__real_", "") for line in done.stdout.splitlines()
    }
    other = {name for name in names if not name.startswith(("Py", "_Py"))}
    c_library = ctypes.CDLL("libc.so.6")
    assert {name for name in other if not hasattr(c_library, name)} <= {
        "_GLOBAL_OFFSET_TABLE_",
        "pthread_create",  # in a library of its own before glibc 2.34
    }


@pytest.mark.parametrize("linker", ["lld", "bfd", "gold", "mold"])
def test_every_linker_wraps_the_call(
    linker, hook_object, new_bundle, user_env, tmp_path: Path
) -> None:
    program = "mold" if linker == "mold" else f"ld.{linker}"
    if shutil.which(program) is None or not sys.platform.startswith("linux"):
        pytest.skip(f"needs {program}")
    place = Path(shutil.copytree(new_bundle.folder, tmp_path / "app"))
    (library,) = place.glob("lib/libpython3.*.so*")
    text = tmp_path / "probe.rs"
    text.write_text(read_source("probe"))
    words = [
        f"-fuse-ld={linker}",
        *("-Wl,-rpath,$ORIGIN/../lib", "-Wl,--disable-new-dtags", str(library)),
    ]
    argv = ["rustc", "--edition=2021", "-o", place / "bin" / "probe", text]
    argv += [part for word in words for part in ("-C", f"link-arg={word}")]
    for flag in Hook((3, 11), 2).link_flags(Path(hook_object)):
        argv += flag.words
    done = subprocess.run(
        argv, env=user_env, capture_output=True, text=True, check=False
    )
    if "linker-features" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    code = "import sys; print(sys.prefix)"
    argv = [place / "bin" / "probe", code]
    done = subprocess.run(argv, env={}, capture_output=True, text=True, check=False)
    assert done.stdout == f"{place}\n", done.stderr
