from __future__ import annotations

import os

import pytest

from ferrule.errors.implib import UnknownMachineError, UnknownPythonError
from ferrule.formats.archive import read_archive
from ferrule.implib.generation import ensure_import_library, library_of_config
from ferrule.python.config import InterpreterConfig, TargetAbi
from ferrule.target.triple import parse_triple

MSVC = parse_triple("x86_64-pc-windows-msvc")
GNU = parse_triple("i686-pc-windows-gnu")
LLVM = parse_triple("aarch64-pc-windows-gnullvm")


def config(version, lib_name=None, **facts):
    return InterpreterConfig(version=version, lib_name=lib_name, **facts)


@pytest.mark.parametrize(
    ("given", "python", "dll", "stem"),
    [
        (config((3, 12), "python312"), "3.12", "python312.dll", "python312"),
        (config((3, 12)), "3.12", "python312.dll", "python312"),
        (config((3, 9), "python3", abi3=True), "abi3-3.9", "python3.dll", "python3"),
        (config((3, 9), abi3=True), "abi3-3.9", "python3.dll", "python3"),
        (
            config((3, 9), "python39_d", abi3=True),
            *("3.9_d", "python39_d.dll", "python39_d"),
        ),
        (
            config((3, 13), build_flags=("Py_GIL_DISABLED",)),
            *("3.13t", "python313t.dll", "python313t"),
        ),
        (
            config((3, 15), target_abi=TargetAbi("CPython", "abi3t", (3, 15))),
            *("abi3t-3.15", "python3t.dll", "python3t"),
        ),
        (
            config(
                (3, 15), "python3t", target_abi=TargetAbi("CPython", "abi3t", (3, 15))
            ),
            *("abi3t-3.15", "python3t.dll", "python3t"),
        ),
        (
            config(
                (3, 12), target_abi=TargetAbi("CPython", "gil_enabled", (3, 12), True)
            ),
            *("3.12_d", "python312_d.dll", "python312_d"),
        ),
        (
            config((3, 11), "python311", implementation="PyPy"),
            *("pypy3.11", "libpypy3.11-c.dll", "python311"),
        ),
        (
            config((3, 11), "libpypy3.11-c", implementation="PyPy"),
            *("pypy3.11", "libpypy3.11-c.dll", "libpypy3.11-c"),
        ),
        (
            config((3, 12), "python-native", implementation="GraalVM"),
            *("graalpy3.12", "python-native.dll", "python-native"),
        ),
        (config((3, 13), "python3.13"), "3.13", "libpython3.13.dll", "python3.13"),
        (
            config((3, 13), "libpython3.13t"),
            *("3.13t", "libpython3.13t.dll", "libpython3.13t"),
        ),
        (
            config((3, 9), "libpython3", abi3=True),
            *("abi3-3.9", "libpython3.dll", "libpython3"),
        ),
    ],
)
def test_the_configuration_tells_the_library(given, python, dll, stem):
    found = library_of_config(given)
    assert (found.python, found.dll, found.stem) == (python, dll, stem)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (config((3, 12), "my_python"), "my_python"),
        (config((3, 19)), "3.19"),
        (config((3, 13), implementation="PyPy"), "pypy3.13"),
    ],
)
def test_an_unknown_library_is_refused(given, shown):
    with pytest.raises(UnknownPythonError, match=f'symbols of Python "{shown}"'):
        library_of_config(given)


@pytest.mark.parametrize(
    ("triple", "name", "machine"),
    [
        (MSVC, "python313.lib", 0x8664),
        (GNU, "libpython313.a", 0x14C),
        (LLVM, "libpython313.a", 0xAA64),
    ],
    ids=["msvc", "gnu", "gnullvm"],
)
def test_the_target_decides_name_and_machine(tmp_path, triple, name, machine):
    path = ensure_import_library(config((3, 13)), triple, tmp_path / "new")
    assert path == tmp_path / "new" / name
    assert {item.machine for item in read_archive(path).imports} == {machine}


def test_a_file_that_is_right_is_left_alone(tmp_path):
    path = ensure_import_library(config((3, 13)), MSVC, tmp_path)
    os.utime(path, (1, 1))
    assert ensure_import_library(config((3, 13)), MSVC, tmp_path) == path
    assert path.stat().st_mtime == 1
    path.write_bytes(path.read_bytes()[:-2])
    ensure_import_library(config((3, 13)), MSVC, tmp_path)
    assert path.stat().st_mtime > 1
    assert len(read_archive(path).imports) == 1655


def test_other_systems_have_no_import_libraries(tmp_path):
    triple = parse_triple("x86_64-unknown-linux-gnu")
    with pytest.raises(UnknownMachineError, match="x86_64-unknown-linux-gnu"):
        ensure_import_library(config((3, 13)), triple, tmp_path)
