"""`cargo test` and `cargo run`: the same units as a compile key's, cargo's own words.

What is built is shared with the modules that `ferrule.cargo.compile` builds of
the same crate and configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.cargo.compile import unit_arguments, unit_environment
from ferrule.cargo.process import run_for_messages
from ferrule.cargo.target_directory import mark_as_cache
from ferrule.cargo.toolchain import find_cargo
from ferrule.cargo.watched import run_watched

if TYPE_CHECKING:
    from ferrule.cargo.artifact import CargoRun
    from ferrule.cargo.compile import CompileKey
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.diagnosis import Context

__all__ = ["build_targets", "command_line", "list_tests", "run_command"]

Command = Literal["build", "run", "test"]


def build_targets(  # noqa: PLR0913 - what cargo is told, and how it runs
    key: CompileKey,
    command: Command,
    arguments: Sequence[str],
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
    cwd: Path,
    quiet: bool,
) -> CargoRun:
    """Compile what a command runs and return what cargo says. Raises `CompileError`."""
    quietly = ["--quiet"] if quiet else []
    argv = command_line(key, command, [*quietly, *arguments], toolchain, env=env)
    argv.append("--message-format=json-render-diagnostics")
    added = unit_environment(key, env)
    mark_as_cache(key.target_directory)
    return run_for_messages(
        argv,
        env={**env, **added},
        cwd=cwd,
        shown=added,
        context=lambda: _context(key),
    )


def _context(key: CompileKey) -> Context:
    from ferrule.cargo.known_context import known_context

    return known_context(key)


def run_command(
    key: CompileKey,
    command: Command,
    arguments: Sequence[str],
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
    cwd: Path,
) -> tuple[int, str]:
    """Run a command in the foreground; return its exit status and what it printed."""
    argv = command_line(key, command, arguments, toolchain, env=env)
    added = unit_environment(key, env)
    variables = {**env, **added}
    return run_watched(argv, env=variables, cwd=cwd, shown=added, reads_output=True)


def list_tests(
    key: CompileKey,
    arguments: Sequence[str],
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
    cwd: Path,
) -> list[str] | None:
    """Return the names of a crate's tests, those in its documentation too.

    None where they cannot be listed: a test with a harness of its own.
    """
    import subprocess

    words = ["--quiet", *arguments, "--", "--list", "--format=terse"]
    argv = command_line(key, "test", words, toolchain, env=env)
    done = subprocess.run(
        argv,
        env={**env, **unit_environment(key, env)},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [
        line.rpartition(": ")[0]
        for line in lines
        if line.endswith((": test", ": benchmark"))
    ]


def command_line(
    key: CompileKey,
    command: Command,
    arguments: Sequence[str],
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
) -> list[str]:
    """Return the arguments of one cargo command on a key's crate."""
    # cargo's own default: `cargo test` has a profile that inherits dev.
    profile = [] if key.profile == "dev" else ["--profile", key.profile]
    common = unit_arguments(key, toolchain)
    return [find_cargo(env), command, *profile, *common, *arguments]
