from __future__ import annotations

import pytest

from ferrule.audit.checks.type_files import check_types

CHECK = check_types
TAG = "cp39-abi3-win32"
TYPED = b"def f(x: int) -> int: ...\n"
IGNORED = "type checkers ignore it: a has no py.typed"
EMPTY = "it promises types, and no file beside or below it has any"
MISSING = "there is no stub for this module"


@pytest.mark.parametrize(
    "files",
    [
        {"a/__init__.py": b""},
        {"a/py.typed": b"", "a/__init__.py": TYPED},
        {"a/py.typed": b"", "a/__init__.pyi": TYPED, "a/b/c.pyi": TYPED},
        {"a-stubs/__init__.pyi": TYPED},
        {"ns/a/py.typed": b"", "ns/a/x.pyi": b""},
        {"a.pyi": TYPED, "a.py": b""},
    ],
)
def test_types_that_fit(told, files):
    assert told(files) == []


@pytest.mark.parametrize(
    ("files", "path", "what"),
    [
        ({"a/__init__.pyi": TYPED, "a/b/c.pyi": b""}, "a/__init__.pyi", IGNORED),
        (
            {"a/b/c.pyi": b"", "a/d/py.typed": b"", "a/d/e.pyi": b""},
            "a/b/c.pyi",
            IGNORED,
        ),
        ({"a/py.typed": b"", "a/x.py": b"def f(x): ...\n"}, "a/py.typed", EMPTY),
        ({"a/py.typed": b"", "a/_x.bin": b""}, "a/py.typed", EMPTY),
    ],
)
def test_types_marker(told, files, path, what):
    assert told(files) == [("types-marker", "warning", path, what)]


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "note"),
        ({"a/py.typed": b"", "a/y.py": TYPED}, "warning"),
        ({"a/x.pyi": b"", "a/py.typed": b""}, ""),
        ({"a/x/__init__.pyi": b"", "a/py.typed": b""}, ""),
        ({"a/x.py": TYPED, "a/py.typed": b""}, ""),
    ],
)
def test_missing_stub(told, elf_image, more, severity):
    files = {"a/x.abi3.so": elf_image(), "a/libx.so": elf_image(), **more}
    expected = [("missing-stub", severity, "a/x.abi3.so", MISSING)]
    assert told(files, tag=TAG) == (expected if severity else [])


@pytest.mark.parametrize("path", ["a/_x.abi3.so", "a/_vendored/x.abi3.so"])
def test_nobody_imports_private_modules(told, elf_image, path):
    files = {path: elf_image(), "a/py.typed": b"", "a/y.py": TYPED}
    assert told(files, tag=TAG) == [("missing-stub", "note", path, MISSING)]


@pytest.mark.parametrize("name", ["a", "_x"])
def test_modules_that_the_stub_of_their_package_tells_about(told, elf_image, name):
    path = f"a/{name}.abi3.so"
    files = {path: elf_image(), "a/__init__.pyi": b"", "a/py.typed": b""}
    assert told(files, tag=TAG) == []


def test_a_module_at_the_top(told, elf_image):
    path = "x.abi3.so"
    assert told({path: elf_image()}, tag=TAG) == [
        ("missing-stub", "note", path, MISSING)
    ]
