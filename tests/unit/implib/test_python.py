from __future__ import annotations

import pytest

from ferrule.errors.implib import UnknownPythonError
from ferrule.implib import python_import_library
from ferrule.implib.machine import MACHINES
from ferrule.implib.python import find_python_library, list_pythons, machines_of

X64, I686, ARM64 = MACHINES


@pytest.mark.parametrize(
    ("text", "python", "dll", "stem", "table"),
    [
        ("3.13", "3.13", "python313.dll", "python313", "3.13.5"),
        ("3.13.0", "3.13.0", "python313.dll", "python313", "3.13.0"),
        ("3.13.99", "3.13.99", "python313.dll", "python313", "3.13.5"),
        ("3.8", "3.8", "python38.dll", "python38", "3.8.10"),
        ("313", "3.13", "python313.dll", "python313", "3.13.5"),
        ("cp39", "3.9", "python39.dll", "python39", "3.9.6"),
        ("python3.10", "3.10", "python310.dll", "python310", "3.10.8"),
        ("3.13t", "3.13t", "python313t.dll", "python313t", "3.13t"),
        ("CPython3.15", "3.15", "python315.dll", "python315", "3.15"),
        ("3.13d", "3.13_d", "python313_d.dll", "python313_d", "3.13.5"),
        ("3.14t_d", "3.14t_d", "python314t_d.dll", "python314t_d", "3.14t"),
        ("abi3", "abi3", "python3.dll", "python3", "abi3-3.15"),
        ("abi3_d", "abi3_d", "python3_d.dll", "python3_d", "abi3-3.15"),
        ("abi3-py39", "abi3-3.9", "python3.dll", "python3", "abi3-3.9"),
        ("abi3:3.9", "abi3-3.9", "python3.dll", "python3", "abi3-3.9"),
        ("abi3t", "abi3t", "python3t.dll", "python3t", "abi3t-3.15"),
        ("abi3t-py315", "abi3t-3.15", "python3t.dll", "python3t", "abi3t-3.15"),
        ("pypy3.11", "pypy3.11", "libpypy3.11-c.dll", "python311", "pypy3.11"),
        ("pp38", "pypy3.8", "libpypy3-c.dll", "python38", "pypy3.8"),
        (
            *("graalpy3.12", "graalpy3.12", "python-native.dll"),
            *("python312", "graalpy3.12"),
        ),
    ],
)
def test_a_python_is_found_by_its_names(text, python, dll, stem, table):
    found = find_python_library(text)
    assert (found.python, found.dll, found.stem) == (python, dll, stem)
    assert found.table.name == table


@pytest.mark.parametrize(
    "text",
    [
        *("", "3", "3.6", "3.12t", "2.7", "4.0", "pypy", "pypy3.13", "pypy3.9t"),
        *("abi3-3.6", "abi3t-3.14", "abi3-3.9.1", "graalpy3.12_d", "3.x", "ruby"),
    ],
)
def test_others_are_refused_with_what_is_known(text):
    with pytest.raises(UnknownPythonError) as caught:
        find_python_library(text)
    assert "ferrule implib --from python3XX.dll" in str(caught.value)
    assert caught.value.details()["known"]


def test_a_near_miss_is_guessed():
    with pytest.raises(UnknownPythonError, match=r'did you mean "pypy3.11"\?'):
        find_python_library("pypi3.11")


def test_abi3_with_a_version_has_what_this_and_all_newer_ones_have():
    names = {item.name for item in find_python_library("abi3-3.8").symbols(X64)}
    assert "PyList_New" in names
    assert "PyODict_New" not in names, "3.10 has removed it"
    assert "PyObject_Vectorcall" not in names, "3.12 has added it"
    newest = {item.name for item in find_python_library("abi3").symbols(X64)}
    assert names < newest


def test_hints_of_abi3_are_those_of_its_version():
    named = find_python_library("abi3-3.9")
    hints = {item.name: item.hint for item in named.symbols(X64)}
    assert hints["PyArg_Parse"] == 0
    assert max(hints.values()) == 806


def test_only_published_machines_are_in_all():
    assert machines_of(find_python_library("3.10")) == (X64, I686)
    assert machines_of(find_python_library("3.11")) == MACHINES
    assert machines_of(find_python_library("abi3")) == MACHINES
    assert machines_of(find_python_library("pypy3.7")) == (X64, I686)
    assert machines_of(find_python_library("pypy3.11")) == (X64,)
    assert machines_of(find_python_library("graalpy3.11")) == (X64,)


def test_every_listed_python_is_found():
    assert len(list_pythons()) == 22
    for python in list_pythons():
        assert find_python_library(python).python == python


def test_a_library_has_file_name_and_content(read_library):
    name, content = python_import_library("3.13", I686, "gnu")
    assert name == "libpython313.a"
    found = read_library(content)
    assert len(found.entries) == 1656
    assert {entry.dll for entry in found.entries} == {"python313.dll"}
