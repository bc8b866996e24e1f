"""Other names for machines, and what is told to who uses one as a target."""

from __future__ import annotations

import pytest

from ferrule.errors.configuration import UnknownTripleError
from ferrule.target.known import JOINED_TARGETS, KNOWN_TARGETS
from ferrule.target.suggestion import suggest_target
from ferrule.target.triple import parse_triple

KNOWN = {*KNOWN_TARGETS, *JOINED_TARGETS, "arm-unknown-linux-gnueabihf"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aarch64", "aarch64-unknown-linux-gnu"),
        ("linux-arm64", "aarch64-unknown-linux-gnu"),
        ("x86_64-linux", "x86_64-unknown-linux-gnu"),
        ("manylinux2014_x86_64", "x86_64-unknown-linux-gnu"),
        ("musllinux_1_2_aarch64", "aarch64-unknown-linux-musl"),
        ("linux_armv7l", "armv7-unknown-linux-gnueabihf"),
        ("armv6l", "arm-unknown-linux-gnueabihf"),
        ("ppc64el", "powerpc64le-unknown-linux-gnu"),
        ("i386", "i686-unknown-linux-gnu"),
        ("win_amd64", "x86_64-pc-windows-msvc"),
        ("win32", "i686-pc-windows-msvc"),
        ("x86_64-w64-mingw32", "x86_64-pc-windows-gnu"),
        ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ("x86_64-darwin", "x86_64-apple-darwin"),
        ("universal2", "universal2-apple-darwin"),
        ("arm64-android", "aarch64-linux-android"),
        ("armeabi_v7a-android", "armv7-linux-androideabi"),
        ("iphoneos_arm64", "aarch64-apple-ios"),
        ("pyodide_2024_0_wasm32", "wasm32-unknown-emscripten"),
        ("freebsd-amd64", "x86_64-unknown-freebsd"),
        ("windows", "x86_64-pc-windows-msvc"),
        ("macos", "aarch64-apple-darwin"),
        ("musl", "x86_64-unknown-linux-musl"),
        ("iOS", "aarch64-apple-ios"),
        ("winter", ""),
        ("temple", ""),
    ],
)
def test_other_names(text, expected) -> None:
    assert suggest_target(text) == expected
    assert not expected or expected in KNOWN


@pytest.mark.parametrize("target", sorted(KNOWN_TARGETS))
def test_a_target_means_its_own_machine(target) -> None:
    meant = parse_triple(suggest_target(target))
    assert meant.system in (parse_triple(target).system, "linux")
    assert meant.architecture == parse_triple(target).architecture


def test_a_machine_alone() -> None:
    with pytest.raises(UnknownTripleError) as caught:
        parse_triple("aarch64")
    assert '(did you mean "aarch64-unknown-linux-gnu"?)' in str(caught.value)


def test_a_specification() -> None:
    with pytest.raises(UnknownTripleError) as caught:
        parse_triple("./board.json")
    text = str(caught.value)
    assert "./board.json is a target specification" in text
    assert "fix: name the target of rustc that it is like" in text
