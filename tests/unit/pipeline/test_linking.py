"""Which glibc zig links against, and what is told about it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule import log
from ferrule.pipeline.linking import _is_wanted_here, _tell_glibc, wanted_glibc
from ferrule.settings.model import Settings
from ferrule.target.triple import parse_triple


@pytest.mark.parametrize(
    ("compatibility", "target", "glibc"),
    [
        ("auto", "x86_64-unknown-linux-gnu", "2.17"),
        ("linux", "aarch64-unknown-linux-gnu", "2.17"),
        ("pypi", "armv7-unknown-linux-gnueabihf", "2.17"),
        ("auto", "riscv64gc-unknown-linux-gnu", "2.31"),
        ("auto", "loongarch64-unknown-linux-gnu", "2.36"),
        ("auto", "sparc64-unknown-linux-gnu", "2.17"),
        ("auto", "powerpc64le-unknown-linux-gnu", "2.19"),
        ("manylinux_2_17", "powerpc64le-unknown-linux-gnu", "2.19"),
        ("manylinux_2_28", "powerpc64le-unknown-linux-gnu", "2.28"),
        ("manylinux_2_28", "x86_64-unknown-linux-gnu", "2.28"),
        ("manylinux_2_28_x86_64", "x86_64-unknown-linux-gnu", "2.28"),
        ("manylinux2014", "x86_64-unknown-linux-gnu", "2.17"),
        ("manylinux2010_i686", "i686-unknown-linux-gnu", "2.12"),
        ("manylinux_2_34,manylinux_2_17", "x86_64-unknown-linux-gnu", "2.17"),
        ("musllinux_1_2,macosx_11_0_arm64", "x86_64-unknown-linux-gnu", "2.17"),
        ("manylinux_2_28", "x86_64-unknown-linux-musl", ""),
        ("manylinux_2_28", "x86_64-pc-windows-gnu", ""),
    ],
)
def test_the_glibc(compatibility, target, glibc) -> None:
    assert wanted_glibc(compatibility, parse_triple(target)) == glibc


@pytest.mark.parametrize(
    ("glibc", "compatibility", "kind", "text"),
    [
        (
            "2.17",
            "auto",
            "info",
            "the oldest that Rust's standard library and a policy",
        ),
        ("2.28", "manylinux_2_28", "info", "2.28, as compatibility asks"),
        ("2.12", "manylinux_2_12", "warning", "is made for 2.17 and newer"),
    ],
)
def test_what_is_told(glibc, compatibility, kind, text) -> None:
    lines = []
    settings = Settings(compatibility=compatibility)
    with log.sink_to(lambda *line: lines.append(line)):
        _tell_glibc(glibc, settings, parse_triple("x86_64-unknown-linux-gnu"))
    ((told, message),) = lines
    assert told == kind
    assert text in message


@pytest.mark.parametrize(
    ("linker", "state", "hook", "origin", "expected"),
    [
        ("auto", "wheel", False, "", False),
        ("system", "wheel", False, "tool.ferrule.linker", False),
        ("zig", "wheel", False, "tool.ferrule.linker", True),
        ("cross", "wheel", False, "--linker", True),
        ("xwin", "wheel", False, "--linker", False),
        ("zig", "editable", False, "--linker", False),
        ("zig", "wheel", True, "tool.ferrule.linker", False),
        ("zig", "wheel", True, "FERRULE_LINKER", True),
    ],
)
def test_for_this_machine(linker, state, hook, origin, expected) -> None:
    opened = SimpleNamespace(
        request=SimpleNamespace(state=state, is_hook=hook), linker_origin=origin
    )
    assert _is_wanted_here(opened, Settings(linker=linker)) is expected
