"""Where the files of packages go, and which modules they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.packages import (
    Package,
    PackageFile,
    is_path_file,
    make_record,
    metadata_field,
    place_wheel_file,
    top_modules,
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("a/b.py", ("packages", "a/b.py")),
        ("a-1.dist-info/METADATA", ("packages", "a-1.dist-info/METADATA")),
        ("a-1.dist-info/RECORD", None),
        ("a-1.data/purelib/a/c.py", ("packages", "a/c.py")),
        ("a-1.data/platlib/a/d.so", ("packages", "a/d.so")),
        ("a-1.data/data/share/x.txt", ("home", "share/x.txt")),
        ("a-1.data/scripts/tool", None),
        ("a-1.data/headers/a.h", None),
    ],
)
def test_places(path, place) -> None:
    assert place_wheel_file(path, "a-1.dist-info") == place


def test_top_modules() -> None:
    paths = [
        "requests/api.py",
        "requests/__init__.py",
        "six.py",
        "_cffi.abi3.so",
        "numpy.libs/libgfortran.so.5",
        "tests/test_a.py",
        "data/x.txt",
        "a-1.dist-info/METADATA",
        "namespace/part/core.py",
    ]
    assert top_modules(paths) == ("_cffi", "namespace", "requests", "six")


def test_modules_are_left_out_with_all_below_them() -> None:
    files = tuple(
        PackageFile("packages", path, Path(path))
        for path in ("n/__init__.py", "n/tests/__init__.py", "n/tests/a.py", "n/x.txt")
    )
    package = Package("n", "1", "", files)
    assert [item.path for item in package.without(("n.tests",)).files] == [
        "n/__init__.py",
        "n/x.txt",
    ]
    assert [item.path for item in package.without(("n",)).files] == ["n/x.txt"]


def test_small_facts() -> None:
    assert metadata_field("Name: x\nLicense: MIT\n\nLicense: body", "license") == "MIT"
    assert metadata_field("Name: x\n", "License") == ""
    assert is_path_file("a.pth")
    assert not is_path_file("a/b.pth")


def test_a_record_lists_what_is_there() -> None:
    name, text = make_record(["n/b,c.pyc", "n-1.dist-info/METADATA", "n/a.so"])
    assert name == "n-1.dist-info/RECORD"
    assert text == (
        'n-1.dist-info/METADATA,,\nn/a.so,,\n"n/b,c.pyc",,\nn-1.dist-info/RECORD,,\n'
    )
    assert make_record(["n/a.so"]) == ("", "")
