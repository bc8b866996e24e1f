"""Errors about how a command was called."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = ["CommandNotFoundError", "UnknownFailureError", "UsageError"]


class UsageError(FerruleError):
    """A command line that cannot mean anything."""

    exit_code = 2

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what, fix=fix)


class CommandNotFoundError(FerruleError):
    """`ferrule watch` was given a command that cannot be started."""

    exit_code = 2

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(
            f"cannot start `{program}`",
            why=[f"the system says: {reason}"],
            fix="check its spelling, and that the environment that has it is active",
        )
        self.program = program


class UnknownFailureError(FerruleError):
    """`ferrule explain` was given neither the name of a failure nor a log."""

    exit_code = 2

    def __init__(self, word: str, reason: str, known: Sequence[str]) -> None:
        near = [name for name in known if word and word in name]
        hint = did_you_mean(word, known)
        if near and not hint:
            hint = f' (did you mean "{near[0]}"?)'
        super().__init__(
            f"`{word}` is no failure that ferrule knows{hint}",
            why=[f"it is no file that can be read either: {reason}"],
            fix="`ferrule explain --list` shows the names; `ferrule explain < "
            "build.log` reads a log",
        )
