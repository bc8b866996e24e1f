"""The identity of a file: what changes whenever it is replaced or edited."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["changed_path", "file_identities", "file_identity", "listeners"]

listeners: list[Callable[[str], None]] = []
"""Who is told of every path that is asked about (`pipeline.development.noticing`)."""


def file_identity(path: str | Path) -> list[int] | None:
    """Return time, size and inode of a file or folder; None if it is absent."""
    for listener in listeners:
        listener(os.fspath(path))
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size, status.st_ino]


def file_identities(paths: Iterable[str | Path]) -> dict[str, list[int] | None]:
    """Return the identities of several paths, sorted by path."""
    return {path: file_identity(path) for path in sorted(set(map(str, paths)))}


def changed_path(identities: dict[str, list[int] | None]) -> str | None:
    """Return the first path whose identity is another one now, or None."""
    for path, identity in identities.items():
        if file_identity(path) != identity:
            return path
    return None
