"""Running cargo: output, interruption and failure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ferrule import log
from ferrule.cargo.output import console_arguments, keeping_output

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.cargo.artifact import CargoRun
    from ferrule.diagnosis import Context

__all__ = ["run_cargo", "run_for_messages", "run_reading"]

_Read = TypeVar("_Read")

_GRACE_S = 5.0
"""How long an interrupted cargo may take to end."""


def run_for_messages(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    shown: Mapping[str, str],
    context: Callable[[], Context] | None = None,
) -> CargoRun:
    """Run cargo and return what its JSON messages say.

    Diagnostics go to standard error as cargo renders them. `shown` are the
    variables worth showing with the command; `context` is asked after a failure
    for what is known about the build. Raises `CompileError`, with the known
    failures that cargo's text shows.
    """
    from ferrule.cargo.artifact import read_messages

    return run_reading(
        argv, env=env, cwd=cwd, shown=shown, read=read_messages, context=context
    )


def run_reading(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str,
    shown: Mapping[str, str],
    read: Callable[[Iterable[bytes]], _Read],
    context: Callable[[], Context] | None = None,
) -> _Read:
    """Do what `run_for_messages` does; return what `read` makes of the messages."""
    log.command(argv, dict(shown))
    words = [*argv[:2], *console_arguments(), *argv[2:]]
    with _signals_interrupt(), keeping_output() as output:
        process = _start(
            words, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=output.descriptor
        )
        output.release()
        try:
            result = read(process.stdout or ())
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
    if status != 0:
        from ferrule.diagnosis import diagnose
        from ferrule.errors.cargo import CompileError

        found = diagnose(output.text(), context() if context else None)
        raise CompileError(_command_text(argv), status, found)
    return result


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


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Turn the signals that end ferrule into KeyboardInterrupt.

    cargo runs detached from the terminal, so nothing else would end it.
    """
    names = ("SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    previous = {
        number: signal.signal(number, _interrupt)
        for number in numbers
        if signal.getsignal(number) is signal.SIG_DFL
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    del frame
    raise KeyboardInterrupt(number)


def _start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str,
    stdout: int | None,
    stderr: int | None = None,
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
            stderr=stderr,
            stdin=subprocess.DEVNULL if own_group else None,
            start_new_session=new_session,
        )
    except OSError as error:
        from ferrule.errors.cargo import CargoNotFoundError

        is_missing = isinstance(error, FileNotFoundError)
        reason = "" if is_missing else f" ({error.strerror})"
        raise CargoNotFoundError(f"`{argv[0]}`{reason}") from None


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
