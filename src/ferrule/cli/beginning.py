"""How the process begins: with three streams, and signals that leave nothing behind."""

from __future__ import annotations

import os
import sys

__all__ = ["begin_process"]


def begin_process() -> None:
    """Make standard streams and signals what the rest of ferrule relies on.

    A closed stream becomes the null device: otherwise the next file that is opened
    would have its number, and programs that ferrule starts would write into it. What
    an encoding lacks is escaped. Signals that end the process raise
    `KeyboardInterrupt`, so that half-written files go; those that are ignored
    (`nohup`) stay so.
    """
    _open_streams()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if getattr(stream, "errors", "") == "strict":
            stream.reconfigure(errors="backslashreplace")
    _catch_signals()


def _open_streams() -> None:
    # In this order each gets the number that is free: its own.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def _catch_signals() -> None:
    # `signal` imports `enum` and takes longer than an unchanged build may.
    import _signal  # type: ignore[import-not-found]

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) == _signal.SIG_DFL:
            _signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> None:
    del frame
    raise KeyboardInterrupt(number)
