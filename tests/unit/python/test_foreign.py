"""Pythons of other machines, by name and by their build-time variables."""

from __future__ import annotations

import pytest

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.abis import version_specific_abi
from ferrule.python.foreign import (
    describe_foreign,
    find_library_folder,
    fits_target,
    foreign_from_variables,
    machine_of,
)
from ferrule.python.probe import running_interpreter
from ferrule.python.selector import parse_name
from ferrule.target.triple import guess_host, parse_triple


def described(name: str, triple: str):
    parsed = parse_name(name)
    assert parsed is not None
    return describe_foreign(parsed, parse_triple(triple))


@pytest.mark.parametrize(
    ("name", "triple", "suffix", "abi_tag"),
    [
        (
            "3.11",
            "aarch64-unknown-linux-gnu",
            ".cpython-311-aarch64-linux-gnu.so",
            "cp311",
        ),
        (
            "3.7",
            "x86_64-unknown-linux-gnu",
            ".cpython-37m-x86_64-linux-gnu.so",
            "cp37m",
        ),
        (
            "3.12",
            "armv7-unknown-linux-gnueabihf",
            ".cpython-312-arm-linux-gnueabihf.so",
            "cp312",
        ),
        (
            "3.12",
            "i686-unknown-linux-gnu",
            ".cpython-312-i386-linux-gnu.so",
            "cp312",
        ),
        (
            "3.10",
            "x86_64-unknown-linux-musl",
            ".cpython-310-x86_64-linux-gnu.so",
            "cp310",
        ),
        (
            "3.11",
            "x86_64-unknown-linux-musl",
            ".cpython-311-x86_64-linux-musl.so",
            "cp311",
        ),
        (
            "3.14t",
            "riscv64gc-unknown-linux-gnu",
            ".cpython-314t-riscv64-linux-gnu.so",
            "cp314t",
        ),
        ("3.13", "x86_64-pc-windows-msvc", ".cp313-win_amd64.pyd", "cp313"),
        ("3.7", "i686-pc-windows-gnu", ".cp37-win32.pyd", "cp37m"),
        ("3.13td", "aarch64-pc-windows-msvc", "_d.cp313t-win_arm64.pyd", "cp313td"),
        ("3.13", "aarch64-apple-darwin", ".cpython-313-darwin.so", "cp313"),
        ("3.13", "aarch64-apple-ios", ".cpython-313-iphoneos.so", "cp313"),
        (
            "3.13",
            "aarch64-apple-ios-sim",
            ".cpython-313-iphonesimulator.so",
            "cp313",
        ),
        (
            "3.13",
            "aarch64-linux-android",
            ".cpython-313-aarch64-linux-android.so",
            "cp313",
        ),
        (
            "3.12",
            "wasm32-unknown-emscripten",
            ".cpython-312-wasm32-emscripten.so",
            "cp312",
        ),
        ("3.11", "x86_64-unknown-freebsd", ".cpython-311.so", "cp311"),
        (
            "pypy3.11",
            "aarch64-unknown-linux-gnu",
            ".pypy311-pp73-aarch64-linux-gnu.so",
            "pypy311_pp73",
        ),
    ],
)
def test_file_name_and_tag(name, triple, suffix, abi_tag) -> None:
    found = described(name, triple)
    assert found.ext_suffix == suffix
    assert version_specific_abi(found).abi_tag == abi_tag
    assert found.is_foreign


def test_the_rules_agree_with_the_python_that_runs_here() -> None:
    running = running_interpreter()
    name = parse_name(f"{running.version[0]}.{running.version[1]}")
    assert name is not None
    found = describe_foreign(name, guess_host())
    for field in ("ext_suffix", "soabi", "ld_version", "machine", "pointer_width"):
        assert getattr(found, field) == getattr(running, field), field
    assert fits_target(running, guess_host())
    assert not fits_target(running, parse_triple("s390x-unknown-linux-gnu"))


def test_no_free_threaded_build_before_3_13() -> None:
    with pytest.raises(ConfigurationError) as caught:
        described("3.12t", "aarch64-unknown-linux-gnu")
    assert "free-threaded builds exist from CPython 3.13 on" in str(caught.value)


@pytest.mark.parametrize(
    ("triple", "machine"),
    [
        ("x86_64-pc-windows-msvc", "AMD64"),
        ("aarch64-apple-darwin", "arm64"),
        ("powerpc64le-unknown-linux-gnu", "ppc64le"),
        ("riscv64gc-unknown-linux-gnu", "riscv64"),
        ("armv7-unknown-linux-gnueabihf", "armv7l"),
        ("x86_64-unknown-freebsd", "amd64"),
    ],
)
def test_machine(triple, machine) -> None:
    assert machine_of(parse_triple(triple)) == machine


VARIABLES = {
    "SOABI": "cpython-311-aarch64-linux-gnu",
    "EXT_SUFFIX": ".cpython-311-aarch64-linux-gnu.so",
    "VERSION": "3.11",
    "LDVERSION": "3.11",
    "Py_ENABLE_SHARED": "1",
    "SIZEOF_VOID_P": "8",
    "Py_DEBUG": "0",
}


def test_build_time_variables_are_believed() -> None:
    target = parse_triple("aarch64-unknown-linux-gnu")
    changed = {**VARIABLES, "EXT_SUFFIX": ".own.so", "Py_ENABLE_SHARED": "0"}
    found = foreign_from_variables(changed, target, lib_dir="/root/lib")
    assert found.ext_suffix == ".own.so"
    assert found.lib_dir == "/root/lib"
    assert not found.shared
    assert found.display_name == "CPython 3.11"


def test_variables_of_another_width_are_refused() -> None:
    target = parse_triple("armv7-unknown-linux-gnueabihf")
    with pytest.raises(ConfigurationError) as caught:
        foreign_from_variables(VARIABLES, target, lib_dir="/")
    text = str(caught.value)
    assert "a 64-bit one, and armv7-unknown-linux-gnueabihf has 32-bit" in text
    assert "cpython-311-aarch64-linux-gnu" in text


def test_libpython_is_found_beside_the_python_of_a_distribution(tmp_path) -> None:
    library = tmp_path / "usr/lib/aarch64-linux-gnu/libpython3.11.so"
    library.parent.mkdir(parents=True)
    library.touch()
    python = tmp_path / "usr/lib/python3.11"
    python.mkdir()
    for given in (python, python.parent, library.parent, tmp_path / "usr"):
        assert find_library_folder(str(given), "3.11") == str(library.parent)
    assert find_library_folder(str(python), "3.12") == str(python)
