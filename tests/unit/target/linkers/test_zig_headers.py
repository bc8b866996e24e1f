"""What libclang is told about zig's headers."""

from __future__ import annotations

import pytest

from ferrule.target.linkers.zig_headers import clang_arguments

NAMES = (
    "aarch64-linux-gnu",
    "any-linux-any",
    "any-windows-any",
    "arm-linux-gnu",
    "arm-linux-any",
    "generic-glibc",
    "generic-mingw",
    "generic-musl",
    "x86-linux-any",
    "x86-linux-gnu",
    "x86_64-linux-musl",
)


@pytest.fixture(params=["lib", "../lib/zig"])
def zig(request, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NAMES:
        (folder / request.param / "libc" / "include" / name).mkdir(parents=True)
    program = folder / "zig"
    program.touch()
    return str(program)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "aarch64-linux-gnu.2.17",
            ["aarch64-linux-gnu", "generic-glibc", "any-linux-any"],
        ),
        (
            "arm-linux-gnueabihf.2.28",
            ["arm-linux-gnu", "generic-glibc", "arm-linux-any", "any-linux-any"],
        ),
        (
            "x86_64-linux-gnu.2.17",
            ["x86-linux-gnu", "generic-glibc", "x86-linux-any", "any-linux-any"],
        ),
        (
            "x86_64-linux-musl",
            ["x86_64-linux-musl", "generic-musl", "x86-linux-any", "any-linux-any"],
        ),
        ("x86_64-windows-gnu", ["generic-mingw", "any-windows-any"]),
    ],
)
def test_folders(zig, target, expected) -> None:
    words = clang_arguments(zig, target)
    folders = [word for word in words if word.startswith("-isystem")]
    assert [word.rpartition("/")[2] for word in folders] == expected
    # The headers of this machine are those of another one.
    assert words[0] == "-nostdlibinc"
    _, _, glibc = target.partition(".2.")
    versions = [word for word in words if word.startswith("-D")]
    assert versions == ([f"-D__GLIBC_MINOR__={glibc}"] if glibc else [])


def test_no_headers(zig, tmp_path) -> None:
    assert clang_arguments(zig, "s390x-openbsd") == []
    assert clang_arguments(str(tmp_path / "zig"), "aarch64-linux-gnu.2.17") == []
