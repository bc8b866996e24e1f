"""The log: what ferrule tells while it works.

Library code calls `step`, `info`, `debug`, `warn` and `command`; a sink held
in a context variable decides what becomes visible. The command line and the
build backend install their own sinks; without one, nothing is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

__all__ = [
    "Kind",
    "Sink",
    "also_to",
    "command",
    "debug",
    "info",
    "sink_to",
    "step",
    "warn",
    "without",
]

Kind = Literal["step", "info", "debug", "warning", "command"]
Sink = Callable[[Kind, str], None]


def _discard(kind: Kind, message: str) -> None:
    del kind, message


_sink: ContextVar[Sink] = ContextVar("ferrule_log_sink", default=_discard)


@contextmanager
def sink_to(sink: Sink) -> Iterator[None]:
    """Send every message of the enclosed code to `sink`."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


@contextmanager
def also_to(heard: list[str]) -> Iterator[None]:
    """Collect the warnings of the enclosed code besides showing them."""
    outer = _sink.get()

    def sink(kind: Kind, message: str) -> None:
        if kind == "warning":
            heard.append(message)
        outer(kind, message)

    with sink_to(sink):
        yield


@contextmanager
def without(kind: Kind) -> Iterator[None]:
    """Drop the messages of one kind that the enclosed code sends."""
    outer = _sink.get()

    def sink(sent: Kind, message: str) -> None:
        if sent != kind:
            outer(sent, message)

    with sink_to(sink):
        yield


def step(message: str) -> None:
    """Announce the next step of long work."""
    _sink.get()("step", message)


def info(message: str) -> None:
    """Tell a fact that most users want to know."""
    _sink.get()("info", message)


def debug(message: str) -> None:
    """Tell a fact that matters when something is being investigated."""
    _sink.get()("debug", message)


def warn(message: str) -> None:
    """Warn about something that builds but is probably not meant."""
    _sink.get()("warning", message)


def command(argv: Sequence[str], env: dict[str, str] | None = None) -> None:
    """Show a command before it runs, in a form that a shell accepts."""
    import shlex

    words = [f"{name}={shlex.quote(value)}" for name, value in (env or {}).items()]
    words += [shlex.quote(word) for word in argv]
    _sink.get()("command", " ".join(words))
