"""Imports that fail in a real interpreter, of modules made by rustc and gcc."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

MODULE = """
use std::ffi::c_void;
extern "C" { fn FUNCTION(); }
#[no_mangle] pub unsafe extern "C" fn PyInit_demo() -> *mut c_void {
    FUNCTION(); std::ptr::null_mut()
}
"""


@pytest.fixture
def build(tmp_path):
    """Return a function that compiles the module `demo`."""

    def call(function: str, *words: str, name: str = "demo") -> Path:
        (tmp_path / "demo.rs").write_text(MODULE.replace("FUNCTION", function))
        path = tmp_path / f"{name}.so"
        command = ["rustc", "--crate-type=cdylib", *words, "demo.rs", "-o", path]
        subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
        return path

    return call


@pytest.fixture
def importing(failing, tmp_path):
    """Return a function that imports a module, which must fail."""

    def call(name: str = "demo", python: Path | str = sys.executable):
        return failing(
            python, "-c", f"import {name}", cwd=tmp_path, PYTHONPATH=str(tmp_path)
        )

    return call


def make_library(folder: Path, name: str) -> None:
    """Make a library that has the function `used`, under a name that is not found."""
    (folder / "used.c").write_text("void used(void) {}")
    command = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{name}", "used.c", "-o"]
    subprocess.run([*command, "libused.so"], check=True, cwd=folder)


def test_the_module_has_another_name(build, importing):
    build("malloc", name="other")
    diagnosis = importing("other").only("pyinit-mismatch")
    assert "PyInit_other" in diagnosis.meaning
    assert diagnosis.fix.startswith('#[pyo3(name = "other")]')


def test_the_module_is_for_a_newer_python(build, importing, interpreter):
    build("PyDict_SetDefaultRef")
    diagnosis = importing(python=interpreter("3.11")).only("undefined-symbol-import")
    assert "PyDict_SetDefaultRef, which CPython has from 3.13 on" in diagnosis.meaning


def test_the_module_is_for_pypy(build, importing):
    build("PyPyList_New")
    diagnosis = importing().only("undefined-symbol-import")
    assert "which only PyPy has" in diagnosis.meaning


def test_the_module_needs_libpython(build, importing, tmp_path):
    make_library(tmp_path, "libpython3.77.so.1.0")
    build("used", "-L", str(tmp_path), "-lused")
    diagnosis = importing().only("module-needs-libpython")
    assert "needs libpython3.77.so.1.0" in diagnosis.meaning


def test_the_module_needs_a_library(build, importing, tmp_path):
    make_library(tmp_path, "libspecial.so.3")
    build("used", "-L", str(tmp_path), "-lused")
    diagnosis = importing().only("shared-library-missing")
    assert "needs libspecial.so.3" in diagnosis.meaning


def test_the_module_has_32_bits(build, importing):
    path = build("malloc")
    content = bytearray(path.read_bytes())
    content[4] = 1  # EI_CLASS: 32 bits
    path.write_bytes(content)
    diagnosis = importing().only("wrong-architecture-import")
    assert "it is ELFCLASS32" in diagnosis.meaning


def test_the_module_is_no_library_at_all(importing, tmp_path):
    (tmp_path / "demo.so").write_bytes(b"MZ" + bytes(2000))
    importing().only("wrong-architecture-import")


def test_the_system_is_too_old(build, importing):
    path = build("malloc")
    content = path.read_bytes()
    newest = max(item.split(b"\0")[0] for item in content.split(b"GLIBC_2.")[1:])
    changed = b"9" * len(newest)
    path.write_bytes(
        content.replace(b"GLIBC_2." + newest + b"\0", b"GLIBC_2." + changed + b"\0")
    )
    diagnosis = importing().only("system-library-too-old")
    assert f"needs GLIBC 2.{changed.decode()}" in diagnosis.meaning


def test_no_room_for_thread_local_storage(importing, tmp_path):
    (tmp_path / "demo.c").write_text(
        "__thread char storage[1 << 20];\nvoid *PyInit_demo(void) { return storage; }\n"
    )
    subprocess.run(
        [
            "gcc",
            "-shared",
            "-fPIC",
            "-ftls-model=initial-exec",
            "demo.c",
            "-o",
            "demo.so",
        ],
        check=True,
        cwd=tmp_path,
    )
    importing().only("static-tls")


def test_the_standard_library_is_not_found(failing, interpreter, tmp_path):
    for name in ("3.11", "3.13"):
        failure = failing(
            interpreter(name), "-c", "", cwd=tmp_path, PYTHONHOME="/nonexistent"
        )
        diagnosis = failure.only("standard-library-not-found")
        assert diagnosis.fix.startswith("unset PYTHONHOME")


def test_the_standard_library_is_of_another_python(failing, interpreter, tmp_path):
    newer = interpreter("3.13")
    code = "import os; print(os.path.dirname(os.__file__))"
    folder = subprocess.run(
        [newer, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    failure = failing(
        interpreter("3.12"),
        "-S",
        "-c",
        "import _sre, re._compiler",
        cwd=tmp_path,
        PYTHONPATH=folder,
    )
    failure.only("standard-library-mismatch")
