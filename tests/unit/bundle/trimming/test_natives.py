"""Modules that the data of libraries names."""

from __future__ import annotations

from ferrule.bundle.trimming.natives import is_module_library, named_modules

KNOWN = frozenset({"numpy._core._internal", "datetime", "json", "pkg.part", "pkg.zz"})


def test_texts_of_c_code():
    content = b"\0x\0numpy._core._internal\0json.decoder\0a datetime b\0"
    assert named_modules(content, KNOWN, "") == {"numpy._core._internal"}


def test_texts_of_rust_follow_one_another():
    content = b"rust_panic\0decimaldatetimejsonDecimal"
    assert named_modules(content, KNOWN, "") == {"datetime", "json"}


def test_cython_names_its_neighbours():
    content = b"\0__pyx_capi__\0part\0"
    assert named_modules(content, KNOWN, "pkg") == {"pkg.part"}
    assert named_modules(content.replace(b"__pyx", b"other"), KNOWN, "pkg") == set()


def test_libraries_that_are_modules():
    assert is_module_library(b"..PyInit__core\0", "pkg._core")
    assert not is_module_library(b"..PyInit_other\0", "pkg.libother2")
