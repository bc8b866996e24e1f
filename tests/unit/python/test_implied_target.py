"""The Rust target that a Python is for, by what it says about its platform."""

from __future__ import annotations

import pytest

from ferrule.python.implied_target import implied_target
from ferrule.target.triple import parse_triple

LINUX, ARM_LINUX = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
MACOS, WINDOWS = "aarch64-apple-darwin", "x86_64-pc-windows-msvc"


def suffix(name: str) -> str:
    return f".cpython-312-{name}.so"


@pytest.mark.parametrize(
    ("host", "platform", "ext_suffix", "width", "expected"),
    [
        # crossenv, conda-forge, Yocto, Buildroot, Debian's cross builds.
        (LINUX, "linux-aarch64", "aarch64-linux-gnu", 64, ARM_LINUX),
        (LINUX, "linux-arm64", "aarch64-linux-gnu", 64, ARM_LINUX),
        (LINUX, "linux-ppc64le", "ppc64le-linux-gnu", 64, "powerpc64le-{}-gnu"),
        (LINUX, "linux-riscv64", "riscv64-linux-gnu", 64, "riscv64gc-{}-gnu"),
        (LINUX, "linux-aarch64", "aarch64-linux-musl", 64, "aarch64-{}-musl"),
        # It runs on 64 bits and answers for 32.
        (LINUX, "linux-armv7l", "arm-linux-gnueabihf", 64, "armv7-{}-gnueabihf"),
        (LINUX, "linux-armv6l", "arm-linux-gnueabihf", 64, "arm-{}-gnueabihf"),
        (LINUX, "linux-armv5tel", "arm-linux-gnueabi", 64, "armv5te-{}-gnueabi"),
        (LINUX, "linux-i686", "i386-linux-gnu", 64, "i686-{}-gnu"),
        # A 32-bit Python, whose `uname` is the kernel's.
        (LINUX, "linux-x86_64", "i386-linux-gnu", 32, "i686-{}-gnu"),
        (ARM_LINUX, "linux-aarch64", "arm-linux-gnueabihf", 32, "armv7-{}-gnueabihf"),
        (WINDOWS, "win32", "", 32, "i686-pc-windows-msvc"),
        (WINDOWS, "win-arm64", "", 64, "aarch64-pc-windows-msvc"),
        (MACOS, "macosx-10.9-x86_64", "darwin", 64, "x86_64-apple-darwin"),
        (LINUX, "macosx-11.0-arm64", "darwin", 64, MACOS),
        (LINUX, "android-24-arm64_v8a", "android", 64, "aarch64-linux-android"),
        (MACOS, "ios-13.0-arm64-iphoneos", "ios", 64, "aarch64-apple-ios"),
        (LINUX, "emscripten-4.0.9-wasm32", "wasm32", 32, "wasm32-unknown-emscripten"),
        # This machine's own.
        (LINUX, "linux-x86_64", "x86_64-linux-gnu", 64, ""),
        (ARM_LINUX, "linux-aarch64", "aarch64-linux-gnu", 64, ""),
        ("i686-unknown-linux-gnu", "linux-x86_64", "i386-linux-gnu", 32, ""),
        ("i586-unknown-linux-gnu", "linux-i686", "i386-linux-gnu", 32, ""),
        ("arm-unknown-linux-gnueabihf", "linux-armv7l", "arm-linux-gnueabihf", 32, ""),
        (
            "armv7-unknown-linux-gnueabihf",
            "linux-aarch64",
            "arm-linux-gnueabihf",
            32,
            "",
        ),
        ("x86_64-alpine-linux-musl", "linux-x86_64", "x86_64-linux-musl", 64, ""),
        ("aarch64-linux-android", "android-24-arm64_v8a", "android", 64, ""),
        ("aarch64-linux-android", "linux-aarch64", "", 64, ""),
        (WINDOWS, "win-amd64", "", 64, ""),
        ("x86_64-pc-windows-gnu", "mingw_x86_64_ucrt_gnu", "", 64, ""),
        (MACOS, "macosx-11.0-arm64", "darwin", 64, ""),
        (MACOS, "macosx-10.9-universal2", "darwin", 64, ""),
        # What it is cannot be told.
        (LINUX, "linux-temple", "", 64, ""),
        (LINUX, "linux2", "", 64, ""),
        (LINUX, "win-amd64", "", 64, ""),
    ],
)
def test_platforms(make_interpreter, host, platform, ext_suffix, width, expected):
    interpreter = make_interpreter(
        platform=platform, ext_suffix=suffix(ext_suffix), pointer_width=width
    )
    wanted = expected.format("unknown-linux")
    assert implied_target(interpreter, parse_triple(host)) == wanted
