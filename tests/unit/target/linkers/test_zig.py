"""Which zig is taken, and what it links for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrule import log
from ferrule.errors.target import ZigNotFoundError, ZigTargetError
from ferrule.target.linkers.model import Linker
from ferrule.target.linkers.zig import find_zig, tell_first_use, zig_linker
from ferrule.target.linkers.zig_targets import zig_target
from ferrule.target.triple import parse_triple

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lays out POSIX environments")


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path) -> None:
    """Let ferrule's own environment have no ziglang."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "none"))
    monkeypatch.setattr(sys, "path", [])


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Return the list of what is told."""
    lines: list[str] = []
    with log.sink_to(
        lambda kind, text: lines.append(text) if kind != "debug" else None
    ):
        yield lines


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    folder = tmp_path / "bin"
    folder.mkdir()
    cache = tmp_path / "cache"
    return {"PATH": str(folder), "FERRULE_CACHE_DIR": str(cache), "HOME": str(tmp_path)}


def place_program(path, answer="0.17.1") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {answer}\n")
    path.chmod(0o755)
    return str(path)


def place_ziglang(prefix) -> str:
    return place_program(prefix / "lib/python3.12/site-packages/ziglang/zig")


def test_none(env) -> None:
    assert find_zig(env) is None


def test_on_path(env, tmp_path) -> None:
    program = place_program(tmp_path / "bin/zig")
    assert find_zig(env).words == (program,)


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_environment_wins_over_path(env, tmp_path, variable) -> None:
    place_program(tmp_path / "bin/zig")
    program = place_ziglang(tmp_path / "venv")
    assert find_zig({**env, variable: str(tmp_path / "venv")}).words == (program,)


def test_beside_ferrule(env, tmp_path, monkeypatch) -> None:
    program = place_program(tmp_path / "site/ziglang/zig")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    assert find_zig(env).words == (program,)


@pytest.mark.parametrize("name", ["python3", "python-zig"])
def test_beside_a_python_on_path(env, tmp_path, name) -> None:
    program = place_ziglang(tmp_path / "other")
    script = place_program(tmp_path / "other" / "bin" / name)
    (tmp_path / "bin" / name).symlink_to(script)
    assert find_zig(env).words == (program,)


def test_of_the_user(env, tmp_path) -> None:
    place_program(tmp_path / "bin/python3")
    program = place_ziglang(tmp_path / ".local")
    assert find_zig(env).words == (program,)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("FERRULE_ZIG", "zig-dev", ("zig-dev",)),
        ("CARGO_ZIGBUILD_ZIG_PATH", "zig-dev", ("zig-dev",)),
        ("ZIG_COMMAND", "zig-dev -m ziglang", ("zig-dev", "-m", "ziglang")),
    ],
)
def test_variables(env, tmp_path, log_lines, variable, value, words) -> None:
    place_program(tmp_path / "bin/zig")
    program = place_program(tmp_path / "bin/zig-dev")
    found = find_zig({**env, variable: value})
    assert found.words == (program, *words[1:])
    is_told = any(variable in line for line in log_lines)
    assert is_told == (variable != "FERRULE_ZIG")


def test_a_variable_that_names_nothing(env) -> None:
    with pytest.raises(ZigNotFoundError) as caught:
        find_zig({**env, "ZIG_COMMAND": "nozig -m ziglang"})
    assert str(caught.value) == (
        "ZIG_COMMAND=nozig -m ziglang names no program\n"
        "  ferrule never downloads a toolchain by itself\n"
        "  fix: pip install ziglang (into the environment of ferrule, or the active "
        "one), put zig on PATH, or name it with FERRULE_ZIG"
    )


def test_the_linker(env, tmp_path, log_lines) -> None:
    program = place_program(tmp_path / "bin/zig")
    triple = parse_triple("aarch64-unknown-linux-gnu")
    linker = zig_linker(triple, "2.28", env)
    assert linker.kind == "zig"
    assert linker.label == "zig-aarch64-linux-gnu.2.28"
    assert linker.program.startswith(str(tmp_path / "cache" / "tools" / "zig"))
    variables = linker.variables(triple, {"CC_aarch64_unknown_linux_gnu": "mine"})
    assert variables["FERRULE_ZIG"] == program
    assert variables["FERRULE_ZIG_PYTHON"] == sys.executable
    assert variables["AR_aarch64_unknown_linux_gnu"].endswith("/ar")
    assert "CC_aarch64_unknown_linux_gnu" not in variables
    assert "/aarch64-linux-gnu.2.28-0.17.1-" in linker.program
    tell_first_use(linker)
    tell_first_use(linker)
    (line,) = log_lines
    assert "zig links for aarch64-linux-gnu.2.28: the first link" in line


def test_zig_knows_where_to_keep_things(env, tmp_path) -> None:
    place_program(tmp_path / "bin/zig")
    del env["HOME"]
    linker = zig_linker(parse_triple("x86_64-unknown-linux-musl"), "", env)
    expected = str(tmp_path / "cache" / "tools" / "zig-cache")
    assert linker.environment["ZIG_GLOBAL_CACHE_DIR"] == expected


@pytest.mark.parametrize(
    "target",
    ["x86_64-pc-windows-msvc", "aarch64-linux-android", "aarch64-apple-ios"],
)
def test_not_for_every_target(env, tmp_path, target) -> None:
    place_program(tmp_path / "bin/zig")
    with pytest.raises(ZigTargetError, match=f"zig does not link for {target}"):
        zig_linker(parse_triple(target), "", env)


def test_not_installed(env) -> None:
    with pytest.raises(ZigNotFoundError, match="zig is not on this machine"):
        zig_linker(parse_triple("x86_64-unknown-linux-gnu"), "2.17", env)


@pytest.mark.parametrize(
    ("target", "text", "processor"),
    [
        ("x86_64-unknown-linux-gnu", "x86_64-linux-gnu.2.17", ""),
        ("i686-unknown-linux-musl", "x86-linux-musl", "pentium4"),
        (
            "riscv64gc-unknown-linux-gnu",
            "riscv64-linux-gnu.2.17",
            "generic_rv64+m+a+f+d+c",
        ),
        ("s390x-unknown-linux-gnu", "s390x-linux-gnu.2.17", "z10"),
        (
            "arm-unknown-linux-gnueabi",
            "arm-linux-gnueabi.2.17",
            "generic+v6+strict_align+soft_float",
        ),
        ("powerpc64le-unknown-linux-gnu", "powerpc64le-linux-gnu.2.19", ""),
        ("i686-pc-windows-gnu", "x86-windows-gnu", "pentium4"),
        ("x86_64-unknown-freebsd", "x86_64-freebsd", ""),
    ],
)
def test_names(target, text, processor) -> None:
    found = zig_target(parse_triple(target), "2.17")
    assert (found.text, found.processor) == (text, processor)


def test_a_linker_without_mark_is_nothing_to_tell(tmp_path, log_lines) -> None:
    (tmp_path / "used").touch()
    tell_first_use(Linker("zig", str(tmp_path / "cc"), label="zig-x"))
    assert not log_lines


def test_another_version_links_anew(env, tmp_path) -> None:
    triple = parse_triple("x86_64-unknown-linux-gnu")
    place_program(tmp_path / "bin/zig")
    old = zig_linker(triple, "2.17", env)
    # Where it lies makes no difference.
    place_program(tmp_path / "other/zig")
    moved = {**env, "FERRULE_ZIG": str(tmp_path / "other/zig")}
    assert zig_linker(triple, "2.17", moved).program == old.program
    place_program(tmp_path / "new/zig", "0.18.0-dev.1+abc")
    newer = zig_linker(
        triple, "2.17", {**env, "FERRULE_ZIG": str(tmp_path / "new/zig")}
    )
    assert newer.program != old.program
    assert "-0.18.0-dev.1_abc-" in newer.program


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "does not run: Exec format error"),
        ("#!/bin/sh\necho hm; echo no memory >&2; exit 3\n", "version: no memory"),
        ("#!/bin/sh\nexit 4\n", "does not tell its version: exit status 4"),
        ('#!/bin/sh\necho "$1"\n', 'is another program: it says "version"'),
    ],
)
def test_a_zig_that_does_not_work(env, tmp_path, text, problem) -> None:
    program = Path(place_program(tmp_path / "bin/zig"))
    program.write_text(text)
    with pytest.raises(ZigNotFoundError, match=f"{program} .*{problem}"):
        zig_linker(parse_triple("x86_64-unknown-linux-gnu"), "2.17", env)
