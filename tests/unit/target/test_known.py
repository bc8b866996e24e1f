"""The targets that ferrule knows."""

from __future__ import annotations

import pytest

from ferrule.target.known import KNOWN_TARGETS, standard_library_packages, tag_family
from ferrule.target.triple import parse_triple


def test_the_targets_of_the_manual() -> None:
    assert list(KNOWN_TARGETS) == sorted(set(KNOWN_TARGETS))
    for name in KNOWN_TARGETS:
        assert tag_family(parse_triple(name))
    wanted = {"riscv64gc-unknown-linux-gnu", "x86_64-pc-windows-gnullvm"}
    assert wanted <= set(KNOWN_TARGETS)


@pytest.mark.parametrize(
    ("target", "family"),
    [
        ("x86_64-unknown-linux-gnu", "manylinux_*_x86_64"),
        ("armv7-unknown-linux-gnueabihf", "manylinux_*_armv7l"),
        ("aarch64-unknown-linux-musl", "musllinux_*_aarch64"),
        ("x86_64-pc-windows-gnullvm", "win_amd64"),
        ("i686-pc-windows-msvc", "win32"),
        ("aarch64-apple-darwin", "macosx_*_arm64"),
        ("aarch64-linux-android", "android_*_arm64_v8a"),
        ("i686-linux-android", "android_*_x86"),
        ("aarch64-apple-ios-sim", "ios_*_arm64_iphonesimulator"),
        ("wasm32-unknown-emscripten", "pyodide_*_wasm32"),
        ("x86_64-unknown-freebsd", "freebsd_*_amd64"),
    ],
)
def test_families_of_tags(target, family) -> None:
    assert tag_family(parse_triple(target)) == family


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("aarch64-unknown-linux-gnu", "sudo apt install libstd-rust-dev:arm64"),
        ("armv7-unknown-linux-gnueabihf", "sudo apt install libstd-rust-dev:armhf"),
        ("x86_64-pc-windows-gnu", "sudo apt install libstd-rust-dev-windows"),
        (
            "x86_64-pc-windows-gnu",
            "sudo dnf install rust-std-static-x86_64-pc-windows-gnu",
        ),
    ],
)
def test_packages_of_the_standard_library(target, command) -> None:
    commands = [text for text, _ in standard_library_packages(parse_triple(target))]
    assert command in commands


def test_no_package_is_known() -> None:
    assert standard_library_packages(parse_triple("aarch64-apple-darwin")) == []
