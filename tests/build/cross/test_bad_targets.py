"""What is told before anything is compiled for another machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

REPOSITORY = Path(__file__).resolve().parents[3]
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


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (b"build_time_vars = {\0\xff", 4, "as the build-time variables of a Python"),
        (b"<html>", 4, "invalid syntax"),
        (b"", 4, "it has no dictionary `build_time_vars`"),
        (b"build_time_vars = open('x').read()", 4, "malformed node or string on line"),
        (b"build_time_vars = {}", 2, "SOABI not found in sysconfigdata file"),
        (b"build_time_vars = {'SOABI': 7}", 2, "unsupported Python interpreter"),
    ],
)
def test_variables_that_are_none(refused, tmp_path, content, code, text):
    path = tmp_path / "python3.11" / "_sysconfigdata__linux_.py"
    path.parent.mkdir()
    path.write_bytes(content)
    told = refused("--target", AARCH64, code=code, PYO3_CROSS_LIB_DIR=str(tmp_path))
    assert text in told
    assert " at 0x" not in told


def test_several_pythons(refused, foreign_root, tmp_path):
    for version in ("3.11", "3.12"):
        copy_variables(foreign_root("arm64"), tmp_path / "lib" / f"python{version}")
    lib_dir = str(tmp_path / "lib")
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=lib_dir)
    assert "Detected multiple possible Python versions" in told
    assert "PYO3_CROSS_PYTHON_VERSION" in told
    assert os.path.join("python3.12", "_sysconfigdata__aarch64-linux-gnu.py") in told


def test_one_of_several_pythons(debian_rust, foreign_root, run_ferrule, tmp_path):
    for version in ("3.11", "3.12"):
        copy_variables(foreign_root("arm64"), tmp_path / "lib" / f"python{version}")
    for path in tmp_path.glob("lib/*/_sysconfigdata__linux_*"):
        path.unlink()  # a link to the other one, in Debian's packages
    folder = tmp_path / "lib" / "python3.12"
    known = folder / "_sysconfigdata__aarch64-linux-gnu.py"
    known.rename(folder / "_sysconfigdata_my_aarch64-linux-gnu.py")
    lib_dir = {"PYO3_CROSS_LIB_DIR": str(tmp_path / "lib"), **debian_rust()}

    def version_of(**chosen: str) -> str:
        words = ("config", "--target", AARCH64)
        env = {**lib_dir, **chosen}
        done = run_ferrule(*words, cwd=REPOSITORY / "examples/pure-module", env=env)
        lines = done.check().stdout.splitlines()
        return next(line for line in lines if line.startswith("version="))

    assert version_of(PYO3_CROSS_PYTHON_VERSION="3.11") == "version=3.11"
    assert version_of(PYO3_CROSS_PYTHON_VERSION="3.12") == "version=3.12"
    name = "_sysconfigdata_my_aarch64-linux-gnu"
    assert version_of(_PYTHON_SYSCONFIGDATA_NAME=name) == "version=3.12"


def test_a_folder_that_is_not_there(refused, tmp_path):
    folder = str(tmp_path / "none")
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=folder)
    assert f"failed to list the entries in '{folder}'" in told


def test_a_zig_that_does_not_work(refused, tmp_path):
    zig = tmp_path / "zig"
    zig.write_text("#!/bin/sh\necho 'no such instruction' >&2\nexit 132\n")
    zig.chmod(0o755)
    words = ("--target", AARCH64, "-i", "3.11", "--zig")
    told = refused(*words, code=5, FERRULE_ZIG=str(zig))
    assert f"{zig} does not tell its version: no such instruction" in told
    assert "pip install ziglang" in told


def test_an_empty_folder(refused, tmp_path):
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_LIB_DIR=str(tmp_path))
    assert f"Could not find _sysconfigdata*.py in {tmp_path}" in told


def test_a_version_that_is_none(refused):
    told = refused("--target", AARCH64, code=2, PYO3_CROSS_PYTHON_VERSION="3")
    assert 'PYO3_CROSS_PYTHON_VERSION is "3"' in told
