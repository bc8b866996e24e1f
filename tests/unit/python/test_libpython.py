"""Where libpython lies that programs are linked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.python.libpython import find_archive, find_libpython, name_libraries


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libpython9.8t.so").write_text("")
    config = tmp_path / "lib" / "python9.8" / "config-9.8t-x86_64-linux-gnu"
    config.mkdir(parents=True)
    (config / "libpython9.8t.a").write_text("")
    return tmp_path


def facts(home: Path, **changes: object) -> dict[str, object]:
    values = {
        "version": "9.8",
        "system": "Linux",
        "implementation": "CPython",
        "shared": True,
        "ld_version": "9.8t",
        "lib_dir": str(home / "lib"),
        "base_prefix": str(home),
    }
    return {**values, **changes}


def test_the_shared_library(home, make_interpreter) -> None:
    found = find_libpython(make_interpreter(**facts(home)))
    assert found == str(home / "lib" / "libpython9.8t.so")
    assert find_archive(make_interpreter(**facts(home))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"shared": False},
        {"system": "Darwin"},
        {"implementation": "PyPy"},
        {"lib_dir": "/nowhere", "base_prefix": "/nowhere"},
        {"ld_version": "9.8d"},
    ],
    ids=str,
)
def test_no_shared_library(home, make_interpreter, changes) -> None:
    assert find_libpython(make_interpreter(**facts(home, **changes))) is None


def test_a_moved_installation_says_where_it_was_built(home, make_interpreter) -> None:
    found = find_libpython(make_interpreter(**facts(home, lib_dir="/install/lib")))
    assert found == str(home / "lib" / "libpython9.8t.so")


def test_the_archive_lies_beside_the_makefile(home, make_interpreter) -> None:
    found = find_archive(make_interpreter(**facts(home, shared=False)))
    assert found is not None
    assert found.endswith("/config-9.8t-x86_64-linux-gnu/libpython9.8t.a")


def test_names_follow_the_abi(home, make_interpreter) -> None:
    interpreter = make_interpreter(**facts(home, ld_version=""))
    assert name_libraries(interpreter) == ("libpython9.8.so", "libpython9.8.a")
