"""The rules for Pythons of other machines, against those that were seen."""

from __future__ import annotations

import pytest

from ferrule.python.abis import foreign_abi
from ferrule.python.foreign import describe_foreign
from ferrule.python.recorded import find_recorded, recorded_pythons
from ferrule.python.selector import parse_name
from ferrule.target.triple import parse_triple

SEEN = recorded_pythons()
WORDS = {"CPython": "", "PyPy": "pypy", "GraalVM": "graalpy"}
RELEASES = {"3.10": (23, 1), "3.11": (24, 2), "3.12": (25, 0)}


def row_id(row):
    return f"{row.implementation}-{row.version}-{row.target}"


def test_every_target_of_rust_and_python_was_seen() -> None:
    targets = {row.target for row in SEEN}
    wanted = {
        *(f"{machine}-unknown-linux-gnu" for machine in ("x86_64", "i686", "aarch64")),
        *(f"{machine}-unknown-linux-musl" for machine in ("x86_64", "i686", "aarch64")),
        *(f"{m}-unknown-linux-gnu" for m in ("powerpc64le", "s390x", "riscv64gc")),
        *(f"{machine}-pc-windows-msvc" for machine in ("x86_64", "i686", "aarch64")),
        *("x86_64-apple-darwin", "aarch64-apple-darwin", "aarch64-apple-ios"),
        *("armv7-unknown-linux-gnueabihf", "armv7-unknown-linux-musleabihf"),
        *("aarch64-linux-android", "x86_64-linux-android"),
        *("wasm32-unknown-emscripten", "x86_64-unknown-freebsd"),
    }
    assert wanted <= targets
    assert len(SEEN) > 150
    assert len({row.version for row in SEEN if row.implementation == "CPython"}) > 9


@pytest.mark.parametrize("row", SEEN, ids=row_id)
def test_rules_give_what_was_seen(row) -> None:
    text, target = row.version.rstrip("td"), parse_triple(row.target)
    version = (3, int(text.partition(".")[2]))
    abi = foreign_abi(
        row.implementation,
        version,
        target,
        implementation_version=RELEASES.get(text, (0, 0)),
        free_threaded="t" in row.version,
        debug="d" in row.version,
    )
    assert abi.extension_suffix == row.ext_suffix
    if row.width is not None:
        assert row.width == target.pointer_width


@pytest.mark.parametrize(
    "row", [row for row in SEEN if row.soabi or row.ld_version], ids=row_id
)
def test_descriptions_give_what_was_seen(row) -> None:
    name = parse_name(f"{WORDS[row.implementation]}{row.version}")
    described = describe_foreign(name, parse_triple(row.target))
    assert described.ext_suffix == row.ext_suffix
    if row.soabi and described.system != "Windows":
        assert described.soabi == row.soabi
    if row.ld_version:
        assert described.ld_version == row.ld_version
    flags = ("Py_GIL_DISABLED",) if "t" in row.version else ()
    assert described.build_flags == flags


def test_windows_is_the_same_for_every_toolchain() -> None:
    gnu = find_recorded("CPython", "3.13", parse_triple("i586-pc-windows-gnu"))
    msvc = find_recorded("CPython", "3.13", parse_triple("i686-pc-windows-msvc"))
    assert gnu is msvc is not None
    assert (
        find_recorded("CPython", "3.99", parse_triple("s390x-unknown-linux-gnu"))
        is None
    )


def test_pyodide_names_the_platform_of_its_wheels() -> None:
    target = parse_triple("wasm32-unknown-emscripten")
    found = [find_recorded("CPython", f"3.{n}", target) for n in (12, 13, 14)]
    assert [row and row.tag for row in found] == [
        "pyodide_2024_0_wasm32",
        "pyodide_2025_0_wasm32",
        "pyemscripten_2026_0_wasm32",
    ]
