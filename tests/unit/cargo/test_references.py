from __future__ import annotations

import pytest

from ferrule.cargo.references import crates_with_symbols


def archive(*members):
    """Return an archive of (name, content) pairs."""
    content = b"!<arch>\n"
    for name, body in members:
        head = f"{name}/".ljust(16) + "0".ljust(12) + "0".ljust(6) + "0".ljust(6)
        head += "644".ljust(8) + str(len(body)).ljust(10)
        content += head.encode() + b"`\n" + body + b"\n" * (len(body) % 2)
    return content


@pytest.fixture
def library(tmp_path):
    """Give a function that writes the library of a crate."""

    def write(crate, *members):
        path = tmp_path / f"lib{crate}-1234.rlib"
        path.write_bytes(archive(*members))
        return path

    return write


def test_crates_are_named_by_symbol(library):
    libraries = {
        library("texts", ("a.o", b"\x7fELF\0PyUnicode_New\0main\0")): "texts",
        library("mach", ("a.o", b"\xcf\xfa\0_PyUnicode_New\0")): "mach",
        library("windows", ("a.o", b"\0__imp_PyUnicode_New\0")): "windows",
        library("bits", ("a.o", b"BC\xc0\xdexPyUnicode_NewmemcpyPyLong_")): "bits",
        library("longer", ("a.o", b"\0PyUnicode_NewOne\0")): "longer",
        library("declares", ("lib.rmeta", b"\0PyUnicode_New\0")): "declares",
    }
    assert crates_with_symbols(["PyUnicode_New", "PyLong_AsInt"], libraries) == {
        "PyLong_AsInt": [],
        "PyUnicode_New": ["bits", "mach", "texts", "windows"],
    }


def test_libraries_that_cannot_be_read_are_passed_over(tmp_path, library):
    broken = tmp_path / "libbroken.rlib"
    broken.write_bytes(b"no archive")
    good = library("good", ("a.o", b"\0PyUnicode_New\0"))
    libraries = {broken: "broken", tmp_path / "gone.rlib": "gone", good: "good"}
    assert crates_with_symbols(["PyUnicode_New"], libraries) == {
        "PyUnicode_New": ["good"]
    }
