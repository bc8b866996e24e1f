"""Running programs of the user's own: what they print is theirs, and is watched.

Text reaches its place as it is written; nothing is held back. It is looked at only
when the program has failed. A terminal stays one for the program: where standard
output and error are the same, one pseudo-terminal stands for both, so that their
order stays too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ferrule import log
from ferrule.cargo.output import CargoOutput

__all__ = ["end_like", "run_watched"]

Handler = Callable[[int, object], None]

_DRAIN_S = 0.5
"""How long to wait for text of a program that has ended; what others that it left
running write is copied on."""
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
"""What others send to ferrule is meant for the program."""
_SHARED = ("SIGINT", "SIGQUIT")
"""What a terminal sends to both: the program decides."""


def run_watched(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    shown: Mapping[str, str],
    reads_output: bool = False,
) -> tuple[int, str]:
    """Run a program in the foreground; return its exit status and what it printed.

    That is standard error, and standard output where both are one or
    `reads_output`; long texts lose their middle. The status of a program that a
    signal ended is negative. Raises `CargoNotFoundError`.
    """
    log.command(argv, dict(shown))
    if sys.platform == "win32" and os.isatty(2):
        # No pseudo-terminal could stand between: the console is the program's.
        return _start(argv, env, cwd, None, None).wait(), ""
    sys.stdout.flush()
    sys.stderr.flush()
    outputs = [CargoOutput(2)]
    is_joint = _are_same(1, 2)
    if reads_output and not is_joint:
        outputs.append(CargoOutput(1))
    stdout = outputs[-1].descriptor if reads_output or is_joint else None
    try:
        process = _start(argv, env, cwd, stdout, outputs[0].descriptor)
        for output in outputs:
            output.release()
        with _signals_reach(process, outputs):
            status = process.wait()
    finally:
        for output in outputs:
            output.finish(_DRAIN_S)
            output.hand_over()
    return status, "\n".join(output.text() for output in outputs)


def end_like(status: int) -> int:
    """End as a program did that a signal ended; return other statuses.

    A shell then sees the same as if it had started the program itself.
    """
    if status >= 0 or sys.platform == "win32":
        return status
    with suppress(OSError, ValueError):
        import resource

        # The program has left its own memory image, if one is wanted.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):
        if -status not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return 128 - status


def _start(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | None,
    stderr: int | None,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv), env=dict(env), cwd=cwd, stdout=stdout, stderr=stderr
        )
    except OSError as error:
        from ferrule.errors.cargo import CargoNotFoundError

        is_missing = isinstance(error, FileNotFoundError)
        reason = "" if is_missing else f" ({error.strerror})"
        raise CargoNotFoundError(f"`{argv[0]}`{reason}") from None


def _are_same(first: int, second: int) -> bool:
    """Return whether two descriptors are one terminal, pipe or file."""
    try:
        return os.path.samestat(os.fstat(first), os.fstat(second))
    except OSError:
        return False


@contextmanager
def _signals_reach(
    process: subprocess.Popen[bytes], outputs: Sequence[CargoOutput]
) -> Iterator[None]:
    """Let a program have the signals that come to ferrule while it runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, frame: object) -> None:
        del frame
        process.send_signal(number)

    def resize(number: int, frame: object) -> None:
        del number, frame
        for output in outputs:
            output.resize()

    def ignore(number: int, frame: object) -> None:
        del number, frame

    handlers: dict[str, Handler] = dict.fromkeys(_FORWARDED, forward)
    handlers.update(dict.fromkeys(_SHARED, ignore))
    handlers["SIGWINCH"] = resize
    with ExitStack() as stack:
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            # What is ignored (by nohup, for example) stays so.
            if number is None or signal.getsignal(number) == signal.SIG_IGN:
                continue
            previous = signal.signal(number, handler)
            stack.callback(signal.signal, number, previous)
        yield
