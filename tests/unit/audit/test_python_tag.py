from __future__ import annotations

import pytest

from ferrule.audit.python_tag import Promise, module_name, oldest_minor
from ferrule.wheel.tags import WheelTag


@pytest.mark.parametrize(
    ("python", "abi", "expected"),
    [
        ("cp39", "abi3", (True, False, 9, "")),
        ("cp38.cp311", "abi3", (True, False, 8, "")),
        ("cp315", "abi3.abi3t", (True, True, 15, "")),
        ("cp315", "abi3t", (False, True, 15, "")),
        ("cp311", "cp311", (False, False, 11, "311")),
        ("cp313", "cp313t", (False, False, 13, "313t")),
        ("cp37", "cp37m", (False, False, 7, "37")),
        ("pp311", "pypy311_pp73", (False, False, None, "")),
        ("py3", "none", (False, False, None, "")),
        ("py3", "abi3", (True, False, None, "")),
    ],
)
def test_promises(python, abi, expected):
    found = Promise.of_tag(WheelTag(python, abi, ("any",)))
    assert (found.abi3, found.abi3t, found.floor, found.version) == expected
    assert found.text == f"{python}-{abi}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("core.so", ("/core", "core", "", "so")),
        ("a/b.abi3.so", ("a/b", "b", "abi3", "so")),
        (
            "a/__init__.cp311-win_amd64.pyd",
            ("a/__init__", "a", "cp311-win_amd64", "pyd"),
        ),
        ("a/libz.so.1", None),
        ("a/libz-1234.so", None),
        ("a/lib.something.so", None),
        ("a/lib.dylib", None),
        ("a/tool.exe", None),
    ],
)
def test_names_of_modules(path, expected):
    found = module_name(path)
    parts = found and (found.stem, found.leaf, found.mark, found.ending)
    assert parts == expected


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        (">=3.9", 9),
        (">= 3.10,<4", 10),
        ("~=3.8", 8),
        (">3.7", 7),
        ("==3.11.*", 11),
        (">=3", None),
        ("<3.13", None),
        ("!=3.9.1", None),
        ("", None),
        (">=3.6, >=3.8", 8),
    ],
)
def test_the_lowest_python_of_a_specifier(text, minor):
    assert oldest_minor(text) == minor
