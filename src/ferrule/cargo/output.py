"""What cargo writes on standard error: shown as it comes, and kept.

A terminal stays one for cargo (a pseudo-terminal stands between), so that its
colours and its progress bar are its own decision as ever. Nothing is looked at
before a run fails, and no argument or variable of cargo is changed.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CargoOutput",
    "console_arguments",
    "keeping_output",
    "progress_arguments",
]

_HEAD_BYTES = 256 * 1024
_TAIL_BYTES = 1024 * 1024
_BLOCK = 64 * 1024
_DRAIN_S = 2.0
"""How long to wait for text after cargo has ended; a program that a build script
left running may hold the pipe open for ever."""


class CargoOutput:
    """The first and the last part of what one process wrote."""

    def __init__(self, target: int = 2) -> None:
        self._target = target
        ends = _terminal(target) if _is_terminal(target) else os.pipe()
        self._source, self._given = ends
        self._head = bytearray()
        self._tail = bytearray()
        # `threading` takes longer to be imported than an unchanged build may.
        self._copying = allocate_lock()
        self._copying.acquire()
        start_new_thread(self._copy_all, ())

    @property
    def descriptor(self) -> int:
        """Return what the process is to use as its standard error."""
        return self._given

    def release(self) -> None:
        """Leave the descriptor to the process, which has been started."""
        if self._given >= 0:
            os.close(self._given)
            self._given = -1

    def finish(self, patience_s: float = _DRAIN_S) -> None:
        """Wait until everything is copied."""
        self.release()
        if self._source >= 0 and self._copying.acquire(timeout=patience_s):
            os.close(self._source)
            self._source = -1

    def hand_over(self) -> None:
        """Let another process copy what comes later, if the descriptor is in use.

        A program that went into the background goes on writing.
        """
        if sys.platform == "win32" or self._source < 0:
            return
        if os.fork() == 0:
            self._copy()
            os._exit(0)

    def resize(self) -> None:
        """Tell the process that its terminal has another size now."""
        if self._source >= 0 and _is_terminal(self._target):
            _copy_size(self._target, self._source)

    def text(self) -> str:
        """Return what was written, without its middle if it is very long."""
        return (bytes(self._head) + bytes(self._tail)).decode("utf-8", "replace")

    def _copy_all(self) -> None:
        try:
            self._copy()
        finally:
            self._copying.release()

    def _copy(self) -> None:
        is_shown = True
        while True:
            try:
                block = os.read(self._source, _BLOCK)
            except OSError:
                return  # how Linux says that a pseudo-terminal was closed
            if not block:
                return
            if is_shown:
                # A reader that is gone must not end the build half-way.
                is_shown = _write(self._target, block)
            self._keep(block)

    def _keep(self, block: bytes) -> None:
        room = max(0, _HEAD_BYTES - len(self._head))
        self._head += block[:room]
        self._tail += block[room:]
        if len(self._tail) > 2 * _TAIL_BYTES:
            del self._tail[:-_TAIL_BYTES]


class keeping_output:  # noqa: N801 (used like a function)
    """Keep and show what a process writes that uses `descriptor`."""

    def __enter__(self) -> CargoOutput:
        self._output = CargoOutput()
        return self._output

    def __exit__(self, *_: object) -> None:
        self._output.finish()


def console_arguments() -> list[str]:
    """Return the cargo arguments that keep its progress bar on a Windows console.

    There is no pseudo-terminal there, so cargo cannot know. Such settings are no
    part of any fingerprint.
    """
    if sys.platform == "win32" and os.isatty(2):
        _enable_escapes()
        return progress_arguments(os.get_terminal_size(2).columns, os.environ)
    return []


def progress_arguments(columns: int, env: Mapping[str, str]) -> list[str]:
    """Return the arguments for a console of some width."""
    argv = ["--config", "term.progress.when='always'"]
    argv += ["--config", f"term.progress.width={columns}"]
    if not env.get("NO_COLOR") and "CARGO_TERM_COLOR" not in env:
        argv += ["--color", "always"]
    return argv


def _enable_escapes() -> None:
    """Let the console understand colours and cursor movements."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.GetStdHandle(-12)
        mode = ctypes.c_ulong()
        if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            kernel.SetConsoleMode(handle, mode.value | 4)


def _is_terminal(descriptor: int) -> bool:
    try:
        return sys.platform != "win32" and os.isatty(descriptor)
    except OSError:
        return False


def _terminal(real: int) -> tuple[int, int]:
    """Return both ends of a pseudo-terminal as wide as the real one."""
    if sys.platform == "win32":  # pragma: no cover - has none
        return os.pipe()
    import termios

    try:
        source, given = os.openpty()
    except OSError:
        return os.pipe()  # none is left, or /dev/pts is not mounted
    _copy_size(real, given)
    try:
        attributes = termios.tcgetattr(given)
        attributes[1] &= ~termios.OPOST  # the real terminal adds carriage returns
        termios.tcsetattr(given, termios.TCSANOW, attributes)
    except termios.error:
        return source, given  # what is written has two carriage returns then
    return source, given


def _copy_size(real: int, other: int) -> None:
    if sys.platform == "win32":  # pragma: no cover - has none
        return
    import fcntl
    import termios

    try:
        size = fcntl.ioctl(real, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(other, termios.TIOCSWINSZ, size)
    except OSError:
        return  # its width stays unknown


def _write(descriptor: int, block: bytes) -> bool:
    view = memoryview(block)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        return False
    return True
