"""The package around a library with a C interface, made by the real cffi."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.bindings.cffi import cffi_package, init_text, recompile
from ferrule.bindings.header import Header
from ferrule.errors.bindings import CffiMissingError, HeaderError
from ferrule.python.probe import running_interpreter

HEADER = Header("cbindgen", "double cos(double x);\n")


@pytest.fixture
def bare_python(tmp_path):
    """Return an interpreter that sees no installed package."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    script.chmod(0o755)
    return replace(running_interpreter(), executable=str(script))


@pytest.fixture
def python_env(env):
    pytest.importorskip("cffi")
    return {**env, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def test_ffi_is_generated_once_for_each_header(python_env, bare_python):
    interpreter = running_interpreter()
    text = recompile(HEADER, interpreter, env=python_env)
    assert "_version = 0x" in text
    assert "cos" in text
    # Remembered: this interpreter could not do it.
    assert recompile(HEADER, bare_python, env=python_env) == text
    with pytest.raises(CffiMissingError):
        recompile(Header("cbindgen", "int f(void);"), bare_python, env=python_env)


def test_missing_cffi_is_explained(env, bare_python):
    with pytest.raises(CffiMissingError) as caught:
        recompile(HEADER, bare_python, env=env)
    text = str(caught.value)
    assert "cffi is not installed in the Python that the wheel is built with" in text
    assert f"`{bare_python.executable} -m pip install cffi`" in text
    assert 'bindings = "cffi"' in text


def test_a_header_that_cffi_cannot_read_is_explained(python_env):
    header = Header("/t/header.h", "#include <math.h>\nint f(strange x);\n")
    with pytest.raises(HeaderError) as caught:
        recompile(header, running_interpreter(), env=python_env)
    text = str(caught.value)
    assert "cffi cannot read the C header of the library" in text
    assert "header: /t/header.h" in text
    assert "no #include and no #ifdef" in text


def test_a_module_of_the_project_does_not_shadow_cffi(
    python_env, tmp_path, monkeypatch
):
    (tmp_path / "cffi.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert "_globals" in recompile(HEADER, running_interpreter(), env=python_env)


def test_package(python_env, tmp_path, crate_key, library):
    (tmp_path / "target" / "header.h").write_text(HEADER.text)
    package = cffi_package(
        "_native", library, crate_key(), running_interpreter(), env=python_env
    )
    members = package.members("pkg/_native")
    assert [member.path for member in members] == [
        "pkg/_native/__init__.py",
        "pkg/_native/ffi.py",
        "pkg/_native/lib_native.so",
    ]
    assert members[2].source == library
    assert members[2].executable
    assert members[0].source == init_text("lib_native.so").encode()


def test_init_opens_the_library_beside_it():
    text = init_text("libdemo.so")
    compile(text, "__init__.py", "exec")
    assert "with_name('libdemo.so')" in text
    assert Path("a/__init__.py").with_name("libdemo.so") == Path("a/libdemo.so")
