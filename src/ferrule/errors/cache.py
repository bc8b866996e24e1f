"""Errors about ferrule's per-user cache folder."""

from __future__ import annotations

from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = ["CacheFolderError", "UnknownSectionError"]


class CacheFolderError(FerruleError):
    """The cache folder cannot be used, or must not be trusted."""

    exit_code = 6

    def __init__(self, path: Path, reason: str, fix: str) -> None:
        super().__init__(f"the cache folder {path} is not used", why=[reason], fix=fix)
        self.path = path
        self.reason = reason


class UnknownSectionError(FerruleError):
    """A cache section was asked for that does not exist."""

    exit_code = 2

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f'the cache has no section "{name}"{did_you_mean(name, known)}',
            why=[f"sections: {', '.join(known)}"],
        )
        self.name = name
