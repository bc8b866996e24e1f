"""Windows wheels, repaired on Linux and imported under Wine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import platformdirs
import pytest
from made_libraries import WINDOWS_MODULE, compile_library, write_wheel

pytestmark = [pytest.mark.build, pytest.mark.network]

GCC = "x86_64-w64-mingw32-gcc"
NAME = "demo-1.0-cp312-cp312-win_amd64.whl"
IMPORT = "import {name} as module; print(module.answer())"


@pytest.fixture(scope="session")
def windows(windows_python):
    """Return the folder of a Python for Windows."""
    return windows_python("3.12")


@pytest.fixture
def libraries(tmp_path):
    """Return a folder with two DLLs, of which one needs the other."""
    if shutil.which(GCC) is None:
        pytest.skip("no MinGW compiler")
    folder = tmp_path / "bin"
    inner = "__declspec(dllexport) int inner(void) { return 40; }"
    compile_library(folder / "inner.dll", inner, compiler=GCC)
    outer = (
        "__declspec(dllimport) int inner(void);\n"
        "__declspec(dllexport) int outer(void) { return inner() + 2; }"
    )
    links = str(folder / "inner.dll")
    compile_library(folder / "outer.dll", outer, links, compiler=GCC)
    return folder


@pytest.fixture
def module(tmp_path, libraries, windows):
    """Return a module that needs a DLL."""
    links = [str(libraries / "outer.dll"), str(windows / "python3.dll")]
    target = tmp_path / "_ext.pyd"
    return compile_library(target, WINDOWS_MODULE, *links, compiler=GCC).read_bytes()


def unpacked(wheel, folder):
    """Unpack a wheel as installers do, into a folder for sys.path."""
    with zipfile.ZipFile(wheel.path) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("place", ["demo", "space.deep", ""])
def test_a_repaired_module_is_imported(
    place, module, libraries, windows, wine, tmp_path, run_ferrule, read_wheel
):
    init = b'"""Doc."""\nfrom __future__ import annotations\nfrom ._ext import answer\n'
    files = {"demo/__init__.py": init} if place == "demo" else {}
    files["/".join([*place.split("."), "_ext.pyd"]).lstrip("/")] = module
    wheel = write_wheel(tmp_path / "dist" / NAME, files)
    arguments = ("repair", wheel, "-L", libraries, "-o", tmp_path / "out")
    (path,) = run_ferrule(*arguments, cwd=tmp_path).check().stdout.splitlines()
    repaired = read_wheel(Path(path))
    assert repaired.find_record_problems() == []
    dlls = {name.rpartition("/") for name in repaired.names() if name.endswith(".dll")}
    assert {name[:5] for _, _, name in dlls} == {"inner", "outer"}
    folders = {folder for folder, _, _ in dlls}
    assert folders == {"demo.libs" if place == "demo" else place.replace(".", "/")}
    shutil.rmtree(libraries)
    name = f"{place}._ext".lstrip(".") if place != "demo" else "demo"
    for built, answer in ((wheel, "ImportError"), (repaired.path, "42")):
        site = unpacked(read_wheel(built), tmp_path / f"site-{answer}")
        code = f"import sys; sys.path.insert(0, r'Z:{site}'); "
        shown = wine(windows / "python.exe", "-c", code + IMPORT.format(name=name))
        assert answer in shown.splitlines()[-1]


def test_published_dlls_are_found_and_named_anew(
    tmp_path, run_ferrule, read_wheel, user_env
):
    cache = platformdirs.user_cache_path("ferrule-tests") / "wheels"
    name = "psycopg2_binary-2.9.11-cp312-cp312-win_amd64.whl"
    if not (cache / name).is_file():
        options = ["--python-version", "3.12", "--platform", "win_amd64"]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
        command += ["--only-binary", ":all:", "-d", str(cache), *options]
        subprocess.run([*command, "psycopg2-binary==2.9.11"], env=user_env, check=True)
    folder = tmp_path / "dlls"
    folder.mkdir()
    with zipfile.ZipFile(cache / name) as archive:
        contents = {
            item: archive.read(item)
            for item in archive.namelist()
            if ".dist-info/" not in item and not item.endswith("/")
        }
    for item in [item for item in contents if ".libs/" in item]:
        (folder / os.path.basename(item)).write_bytes(contents.pop(item))
    wheel = write_wheel(tmp_path / "dist" / name, contents)
    arguments = ("repair", wheel, "-L", folder, "-o", tmp_path / "out")
    (path,) = run_ferrule(*arguments, cwd=tmp_path).check().stdout.splitlines()
    repaired = read_wheel(Path(path))
    dlls = [item for item in repaired.names() if ".libs/" in item]
    assert len(dlls) == 3
    again = run_ferrule("repair", path, "-o", tmp_path / "two", cwd=tmp_path).check()
    assert Path(again.stdout.strip()).read_bytes() == Path(path).read_bytes()
    if shutil.which("delvewheel"):
        run_checked = ["delvewheel", "show", path]
        subprocess.run(run_checked, check=True)
