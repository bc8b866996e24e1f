"""What runs programs of other targets."""

from __future__ import annotations

import pytest

from ferrule.target.running import find_runner
from ferrule.target.triple import parse_triple

LINUX = "x86_64-unknown-linux-gnu"


@pytest.mark.parametrize(
    ("target", "host", "commands", "runner"),
    [
        (LINUX, LINUX, [], "this machine"),
        ("x86_64-unknown-linux-musl", LINUX, [], "this machine, with its C library"),
        ("aarch64-unknown-linux-gnu", LINUX, [], ""),
        ("aarch64-unknown-linux-gnu", LINUX, ["qemu-aarch64"], "qemu-aarch64 -L ROOT"),
        (
            "powerpc64le-unknown-linux-gnu",
            LINUX,
            ["qemu-ppc64le-static"],
            "qemu-ppc64le-static -L ROOT",
        ),
        ("x86_64-pc-windows-gnu", LINUX, [], ""),
        ("x86_64-pc-windows-gnu", LINUX, ["wine"], "wine"),
        ("aarch64-pc-windows-msvc", LINUX, ["wine"], ""),
        ("i686-pc-windows-msvc", "x86_64-pc-windows-msvc", [], "this machine"),
        ("aarch64-pc-windows-msvc", "x86_64-pc-windows-msvc", [], ""),
        ("x86_64-apple-darwin", "aarch64-apple-darwin", [], "Rosetta"),
        ("aarch64-apple-darwin", "x86_64-apple-darwin", [], ""),
        ("wasm32-unknown-emscripten", LINUX, ["node"], "node"),
        ("aarch64-linux-android", LINUX, ["qemu-aarch64"], ""),
        ("x86_64-unknown-freebsd", LINUX, [], ""),
    ],
)
def test_runners(tmp_path, target, host, commands, runner) -> None:
    for name in commands:
        (tmp_path / name).touch(mode=0o755)
    found = find_runner(
        parse_triple(target),
        parse_triple(host),
        {"PATH": str(tmp_path)},
        formats=tmp_path / "binfmt_misc",
    )
    assert found == runner


def test_the_kernel_starts_it(tmp_path) -> None:
    (tmp_path / "qemu-arm").touch()
    target = parse_triple("armv7-unknown-linux-gnueabihf")
    host = parse_triple(LINUX)
    found = find_runner(target, host, {"PATH": ""}, formats=tmp_path)
    assert found == "qemu-arm, by the kernel"


def test_what_cargo_is_told() -> None:
    target, host = parse_triple("x86_64-unknown-freebsd"), parse_triple(LINUX)
    env = {"CARGO_TARGET_X86_64_UNKNOWN_FREEBSD_RUNNER": "ssh box"}
    expected = "ssh box (CARGO_TARGET_X86_64_UNKNOWN_FREEBSD_RUNNER)"
    assert find_runner(target, host, env) == expected
