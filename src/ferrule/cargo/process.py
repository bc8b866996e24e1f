"""Running cargo: output, interruption and failure."""

from __future__ import annotations

import os
import sys
import time

from ferrule import log
from ferrule.cargo.output import console_arguments, keeping_output
from ferrule.cargo.spawning import Spawned, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from ferrule.cargo.artifact import CargoRun
    from ferrule.diagnosis import Context

    _Read = TypeVar("_Read")
    Running = subprocess.Popen[bytes] | Spawned

__all__ = ["run_cargo", "run_for_messages", "run_reading"]

_GRACE_S = 5.0
"""How long an interrupted cargo may take to end."""
_PAUSE_S = 0.01


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
    with _SignalsInterrupt(), keeping_output() as output:
        process = _start_reading(words, env=env, cwd=cwd, stderr=output.descriptor)
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
    process = _start(argv, env=env, cwd=cwd, own_group=False)
    try:
        return process.wait()
    except BaseException:
        _end(process, own_group=False)
        raise


class _SignalsInterrupt:
    """Turns the signals that end ferrule into KeyboardInterrupt.

    cargo runs detached from the terminal, so nothing else would end it.
    """

    def __init__(self) -> None:
        self._caught: list[int] = []

    def __enter__(self) -> None:
        # See `ferrule.cli.beginning`.
        import _signal  # type: ignore[import-not-found]

        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(_signal, name, None)
            if number is None or _signal.getsignal(number) != _signal.SIG_DFL:
                continue
            try:
                _signal.signal(number, _interrupt)
            except ValueError:
                return  # only the main thread may
            self._caught.append(number)

    def __exit__(self, *_: object) -> None:
        import _signal

        for number in self._caught:
            _signal.signal(number, _signal.SIG_DFL)


def _interrupt(number: int, frame: object) -> None:
    del frame
    raise KeyboardInterrupt(number)


def _start_reading(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | str, stderr: int
) -> Running:
    """Start cargo detached, in a way that costs little if there is one."""
    try:
        process = spawn(argv, env=env, cwd=os.fspath(cwd), stderr=stderr)
    except OSError as error:
        raise _not_found(argv, error) from None
    return process or _start(argv, env=env, cwd=cwd, stderr=stderr)


def _start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str,
    stderr: int | None = None,
    own_group: bool = True,
) -> subprocess.Popen[bytes]:
    import subprocess

    # A group of its own, so that an interruption ends cargo and every rustc
    # below it, also when only ferrule received the signal.
    new_session = own_group and os.name == "posix"
    try:
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdout=subprocess.PIPE if own_group else None,
            stderr=stderr,
            stdin=subprocess.DEVNULL if own_group else None,
            start_new_session=new_session,
        )
    except OSError as error:
        raise _not_found(argv, error) from None


def _not_found(argv: Sequence[str], error: OSError) -> Exception:
    from ferrule.errors.cargo import CargoNotFoundError

    is_missing = isinstance(error, FileNotFoundError)
    reason = "" if is_missing else f" ({error.strerror})"
    return CargoNotFoundError(f"`{argv[0]}`{reason}")


def _end(process: Running, *, own_group: bool = True) -> None:
    import signal

    for number in (signal.SIGINT, signal.SIGTERM, None):
        if process.poll() is not None:
            return
        if sys.platform != "win32" and (own_group or isinstance(process, Spawned)):
            _signal_group(process.pid, number or signal.SIGKILL)
        elif isinstance(process, Spawned):
            return
        elif number is None:
            process.kill()
        else:
            process.terminate()
        give_up = time.monotonic() + _GRACE_S
        while process.poll() is None and time.monotonic() < give_up:
            time.sleep(_PAUSE_S)


def _signal_group(pid: int, number: int) -> None:
    if sys.platform != "win32":
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return


def _command_text(argv: Sequence[str]) -> str:
    import shlex

    return " ".join(shlex.quote(word) for word in argv)
