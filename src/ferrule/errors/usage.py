"""Errors about how a command was called."""

from __future__ import annotations

from ferrule.errors import FerruleError

__all__ = ["UsageError"]


class UsageError(FerruleError):
    """A command line that cannot mean anything."""

    exit_code = 2

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what, fix=fix)
