from __future__ import annotations

import pytest

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.lib_name import (
    LibraryAbi,
    default_lib_name,
    unix_lib_name,
    windows_lib_name,
)
from ferrule.python.releases import Pyo3Release
from ferrule.target.triple import parse_triple


def abi(text: str, **flags: bool) -> LibraryAbi:
    name, _, version = text.partition(" ")
    major, minor = version.split(".")
    return LibraryAbi(name, (int(major), int(minor)), **flags)


UNIX = [
    ("0.22.6", abi("CPython 3.13"), "3.13t", "python3.13t"),
    ("0.22.6", abi("CPython 3.7"), "", "python3.7m"),
    ("0.30.1", abi("CPython 3.9"), "", "python3.9"),
    ("0.22.6", abi("PyPy 3.8"), "3.8", "pypy3-c"),
    ("0.23.5", abi("PyPy 3.9"), "3.9", "pypy3.9-c"),
    ("0.30.1", abi("PyPy 3.11"), "", "pypy3.11-c"),
    ("0.21.2", abi("GraalVM 3.10"), "", "python-native"),
    ("0.30.1", abi("RustPython 3.15"), "", "rustpython_capi"),
    ("0.23.5", abi("CPython 3.13", free_threaded=True), "", "python3.13t"),
    ("0.29.3", abi("CPython 3.14", debug=True), "", "python3.14"),
    ("0.30.1", abi("CPython 3.14", debug=True), "", "python3.14d"),
]
WINDOWS = [
    ("0.22.6", abi("CPython 3.12"), False, "python312"),
    ("0.22.6", abi("CPython 3.12", abi3=True, debug=True), False, "python312_d"),
    ("0.22.6", abi("PyPy 3.10", abi3=True), False, "python310"),
    ("0.28.3", abi("CPython 3.9", debug=True), False, "python39_d"),
    ("0.28.3", abi("CPython 3.12", abi3=True, debug=True), False, "python3_d"),
    ("0.28.3", abi("CPython 3.12"), True, "python3.12"),
    ("0.28.3", abi("CPython 3.13", free_threaded=True), False, "python313t"),
    ("0.29.3", abi("CPython 3.12"), True, "libpython3.12"),
    ("0.29.3", abi("CPython 3.12", abi3=True), True, "libpython3"),
    ("0.29.1", abi("PyPy 3.11"), True, "libpypy3.11-c"),
    ("0.29.3", abi("PyPy 3.11"), True, "libpypy3.11-c"),
    ("0.29.1", abi("GraalVM 3.12"), False, "python312"),
    ("0.29.3", abi("GraalVM 3.12"), False, "python-native"),
    ("0.30.1", abi("CPython 3.15", abi3t=True, free_threaded=True), False, "python3t"),
    ("0.30.1", abi("CPython 3.15", free_threaded=True), False, "python315t"),
]


@pytest.mark.parametrize(("release", "library", "ld_version", "expected"), UNIX)
def test_unix(release, library, ld_version, expected):
    parsed = Pyo3Release.parse(release)
    assert unix_lib_name(parsed, library, ld_version=ld_version) == expected


@pytest.mark.parametrize(("release", "library", "mingw", "expected"), WINDOWS)
def test_windows(release, library, mingw, expected):
    parsed = Pyo3Release.parse(release)
    assert windows_lib_name(parsed, library, mingw=mingw) == expected


@pytest.mark.parametrize(
    ("release", "expected"),
    [("0.27.2", "python3.12"), ("0.28.3", "python3"), ("0.30.1", "python3")],
)
def test_cygwin_has_a_stable_library(release, expected):
    target = parse_triple("x86_64-pc-cygwin")
    library = abi("CPython 3.12", abi3=True)
    assert default_lib_name(Pyo3Release.parse(release), library, target) == expected


def test_windows_gnu_links_the_libraries_of_python_org():
    target = parse_triple("x86_64-pc-windows-gnu")
    library = abi("CPython 3.12")
    assert default_lib_name(Pyo3Release.parse("0.28.3"), library, target) == "python312"


def test_free_threading_before_3_13():
    library = abi("CPython 3.12", free_threaded=True)
    with pytest.raises(ConfigurationError) as caught:
        unix_lib_name(Pyo3Release.parse("0.28.3"), library)
    assert caught.value.message == (
        "Cannot compile C extensions for the free-threaded build on Python versions "
        "earlier than 3.13, found 3.12"
    )


def test_free_threaded_mingw_of_older_releases():
    library = abi("CPython 3.13", free_threaded=True)
    with pytest.raises(ConfigurationError, match="MinGW free-threaded builds are not"):
        windows_lib_name(Pyo3Release.parse("0.28.3"), library, mingw=True)
