"""The log: what ferrule tells while it works.

Library code calls `step`, `info`, `debug`, `warn` and `command`; a sink held
in a context variable decides what becomes visible. The command line and the
build backend install their own sinks; without one, nothing is printed.
"""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextvars import Token
    from typing import Literal

    Kind = Literal["step", "info", "debug", "warning", "command"]
    Sink = Callable[[Kind, str], None]

__all__ = [
    "also_to",
    "command",
    "debug",
    "info",
    "sink_to",
    "step",
    "warn",
    "without",
]


_PLAIN = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_"
)
"""What no shell takes for anything else."""


def _discard(kind: Kind, message: str) -> None:
    del kind, message


_sink: ContextVar[Sink] = ContextVar("ferrule_log_sink", default=_discard)


class sink_to:  # noqa: N801 (used like a function)
    """Send every message of the enclosed code to `sink`."""

    def __init__(self, sink: Sink) -> None:
        self._wanted = sink
        self._tokens: list[Token[Sink]] = []

    def __enter__(self) -> None:
        self._tokens.append(_sink.set(self._wanted))

    def __exit__(self, *_: object) -> None:
        _sink.reset(self._tokens.pop())


def also_to(heard: list[str]) -> sink_to:
    """Collect the warnings of the enclosed code besides showing them."""
    outer = _sink.get()

    def sink(kind: Kind, message: str) -> None:
        if kind == "warning":
            heard.append(message)
        outer(kind, message)

    return sink_to(sink)


def without(kind: Kind) -> sink_to:
    """Drop the messages of one kind that the enclosed code sends."""
    outer = _sink.get()

    def sink(sent: Kind, message: str) -> None:
        if sent != kind:
            outer(sent, message)

    return sink_to(sink)


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
    words = [f"{name}={_quoted(value)}" for name, value in (env or {}).items()]
    words += map(_quoted, argv)
    _sink.get()("command", " ".join(words))


def _quoted(word: str) -> str:
    """Return what `shlex.quote` does, whose import would cost more than the rest."""
    if word and _PLAIN.issuperset(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"
