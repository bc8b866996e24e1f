"""What is told before anything is compiled for another machine."""

from __future__ import annotations

import os
import shutil

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

AARCH64 = "aarch64-unknown-linux-gnu"


@pytest.fixture
def refused(debian_rust, copy_project, run_ferrule):
    """Return a function that runs a build that fails, and returns what it says."""
    project = copy_project("examples/pure-module")

    def build(*arguments, code, **env) -> str:
        variables = {**debian_rust(), **env}
        done = run_ferrule("build", *arguments, cwd=project, env=variables)
        assert done.returncode == code
        assert "Traceback" not in done.stderr
        assert "Compiling" not in done.stderr
        return done.stderr

    return build


def test_no_such_target(refused):
    told = refused("--target", "aarch64-unknown-linux-gmu", code=2)
    assert "aarch64-unknown-linux-gmu" in told
    assert f'did you mean "{AARCH64}"?' in told


def test_no_standard_library(refused):
    told = refused("--target", "riscv64gc-unknown-linux-gnu", "-i", "3.11", code=5)
    assert "no Rust standard library for riscv64gc-unknown-linux-gnu" in told
    assert "libstd-rust-dev" in told


def test_no_linker(refused, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cargo", "cc", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))
    told = refused("--target", AARCH64, "-i", "3.11", code=5, PATH=str(programs))
    assert f"no linker for {AARCH64} on this machine" in told
    assert "gcc-aarch64-linux-gnu" in told
    assert "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER" in told


def copy_variables(root, target):
    """Copy the build-time variables of a Python to a folder of a version."""
    target.mkdir(parents=True, exist_ok=True)
    for path in root.glob("usr/lib/python3.*/_sysconfigdata_*.py"):
        text = path.read_text(encoding="utf-8")
        renamed = text.replace("3.11", target.name[-4:])
        (target / path.name).write_text(renamed, encoding="utf-8")


def test_a_python_of_another_machine(refused, foreign_root):
    folder = str(foreign_root("armhf") / "usr" / "lib")
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=folder)
    assert f"no Python for {AARCH64} is below {folder}" in told
    assert "arm-linux-gnueabihf" in told


def test_a_libpython_of_another_machine(refused, foreign_root, tmp_path):
    lib = tmp_path / "lib"
    copy_variables(foreign_root("arm64"), lib / "python3.11")
    (library,) = foreign_root("armhf").glob("usr/lib/*/libpython3.11.so.1.0")
    shutil.copy(library, lib / "libpython3.11.so")
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=str(lib))
    assert "libpython3.11.so is a library for arm" in told


def test_variables_that_are_none(refused, tmp_path):
    path = tmp_path / "python3.11" / "_sysconfigdata__linux_.py"
    path.parent.mkdir()
    path.write_bytes(b"build_time_vars = {\0\xff")
    told = refused("--target", AARCH64, code=4, PYO3_CROSS_LIB_DIR=str(tmp_path))
    assert f"cannot read {path} as the build-time variables" in told


def test_several_pythons(refused, foreign_root, tmp_path):
    for version in ("3.11", "3.12"):
        copy_variables(foreign_root("arm64"), tmp_path / "lib" / f"python{version}")
    lib_dir = str(tmp_path / "lib")
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=lib_dir)
    assert "Detected multiple possible Python versions" in told
    assert "PYO3_CROSS_PYTHON_VERSION" in told
    assert os.path.join("python3.12", "_sysconfigdata__aarch64-linux-gnu.py") in told


def test_an_empty_folder(refused, tmp_path):
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=str(tmp_path))
    assert f"Could not find _sysconfigdata*.py in {tmp_path}" in told


def test_a_version_that_is_none(refused):
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_PYTHON_VERSION="3")
    assert 'PYO3_CROSS_PYTHON_VERSION is "3"' in told
