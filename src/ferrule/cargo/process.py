"""Running cargo: output, interruption and failure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrule import log
from ferrule.cargo.artifact import CargoRun, read_messages
from ferrule.errors.cargo import CargoNotFoundError, CompileError

__all__ = ["run_cargo", "run_for_messages"]

_GRACE_S = 5.0
"""How long an interrupted cargo may take to end."""


def run_for_messages(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, shown: Mapping[str, str]
) -> CargoRun:
    """Run cargo and return what its JSON messages say.

    Diagnostics go to standard error as cargo renders them. `shown` are the
    variables worth showing with the command. Raises `CompileError`.
    """
    log.command(argv, dict(shown))
    process = _start(argv, env=env, cwd=cwd, stdout=subprocess.PIPE)
    try:
        run = read_messages(process.stdout or ())
        status = process.wait()
    except BaseException:
        _end(process)
        raise
    if status != 0:
        raise CompileError(_command_text(argv), status)
    return run


def run_cargo(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, shown: Mapping[str, str]
) -> int:
    """Run cargo with the caller's own output; return its exit status."""
    log.command(argv, dict(shown))
    process = _start(argv, env=env, cwd=cwd, stdout=None, own_group=False)
    try:
        return process.wait()
    except BaseException:
        _end(process, own_group=False)
        raise


def _start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | None,
    own_group: bool = True,
) -> subprocess.Popen[bytes]:
    # A group of its own, so that an interruption ends cargo and every rustc
    # below it, also when only ferrule received the signal.
    new_session = own_group and os.name == "posix"
    try:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdout=stdout,
            stdin=subprocess.DEVNULL if own_group else None,
            start_new_session=new_session,
        )
    except FileNotFoundError:
        raise CargoNotFoundError(f"`{argv[0]}`") from None
    except OSError as error:
        raise CargoNotFoundError(f"`{argv[0]}` ({error.strerror})") from None


def _end(process: subprocess.Popen[bytes], *, own_group: bool = True) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, None):
        if process.poll() is not None:
            return
        if own_group and sys.platform != "win32":
            _signal_group(process.pid, number or signal.SIGKILL)
        elif number is None:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue


def _signal_group(pid: int, number: int) -> None:
    if sys.platform != "win32":
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return


def _command_text(argv: Sequence[str]) -> str:
    import shlex

    return " ".join(shlex.quote(word) for word in argv)
