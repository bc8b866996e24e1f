"""What is taken of a standard library."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.selection import module_of, select_standard_library

FILES = (
    "LICENSE.txt",
    "__pycache__/os.cpython-312.pyc",
    "config-3.12-x86_64-linux-gnu/libpython3.12.a",
    "ctypes/__init__.py",
    "ctypes/test/test_x.py",
    "encodings/__init__.py",
    "ensurepip/__init__.py",
    "ensurepip/_bundled/pip.whl",
    "json/__init__.py",
    "json/decoder.py",
    "lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so",
    "lib-dynload/_testcapi.cpython-312-x86_64-linux-gnu.so",
    "lib-dynload/_tkinter.cpython-312-x86_64-linux-gnu.so",
    "lib-dynload/nis.cpython-312-x86_64-linux-gnu.so",
    "os.py",
    "site-packages/thing.py",
    "dist-packages/thing.py",
    "sitecustomize.py",
    "test/__init__.py",
    "test/support/__init__.py",
    "test/test_os.py",
    "tkinter/__init__.py",
    "unittest/mock.py",
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def taken(library: Path, **wishes: tuple[str, ...]) -> list[str]:
    return [item.path for item in select_standard_library(library, **wishes).files]


def test_what_programs_use_is_taken(library) -> None:
    assert taken(library) == [
        "LICENSE.txt",
        "ctypes/__init__.py",
        "encodings/__init__.py",
        "json/__init__.py",
        "json/decoder.py",
        "lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so",
        "os.py",
        "unittest/mock.py",
    ]


def test_everything_left_out_has_a_reason(library) -> None:
    left_out = dict(select_standard_library(library).left_out)
    assert {"test", "ctypes.test", "tkinter", "_tkinter", "ensurepip"} <= {*left_out}
    assert "Kerberos" in left_out["nis"]
    assert "config-3.12-x86_64-linux-gnu" in left_out
    assert all(left_out.values())


def test_include_brings_a_part_back(library) -> None:
    found = taken(library, include=("tkinter", "_tkinter", "test.support"))
    assert "tkinter/__init__.py" in found
    assert "lib-dynload/_tkinter.cpython-312-x86_64-linux-gnu.so" in found
    assert "test/support/__init__.py" in found
    assert "test/test_os.py" not in found


def test_exclude_wins(library) -> None:
    found = taken(library, include=("json",), exclude=("json", "ctypes*", "_ssl"))
    assert found == [
        "LICENSE.txt",
        "encodings/__init__.py",
        "os.py",
        "unittest/mock.py",
    ]


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("os.py", "os"),
        ("json/__init__.py", "json"),
        ("a/b/c.py", "a.b.c"),
        ("lib-dynload/math.cpython-39-darwin.so", "math"),
        ("pkg/_core.abi3.so", "pkg._core"),
        ("pkg/data.json", ""),
    ],
)
def test_module_names(path, module) -> None:
    assert module_of(path) == module
