"""Which files an answer was made from, seen by looking on.

The interpreter reports every file that is opened and every folder that is listed
(PEP 578); `ferrule.identity` reports what cached answers depend on. Neither sees a
mere question whether a file exists: who relies on the result adds such names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ferrule import identity

__all__ = ["can_notice", "noticing"]

_EVENTS = frozenset({"open", "os.listdir", "os.scandir"})
_listening: list[dict[str, list[int] | None]] = []
_hooked: list[bool] = []


def can_notice() -> bool:
    """Whether this Python reports the files that are opened, each of them."""
    return sys.implementation.name == "cpython"


@contextmanager
def noticing() -> Iterator[dict[str, list[int] | None]]:
    """Collect what the enclosed code looks at: path and identity at first sight."""
    noticed: dict[str, list[int] | None] = {}
    if can_notice() and not _hooked:
        # It cannot be taken away again, so there is one for all.
        _hooked.append(True)
        sys.addaudithook(_hear)
    _listening.append(noticed)
    identity.listeners.append(_see)
    try:
        yield noticed
    finally:
        identity.listeners.remove(_see)
        _listening.remove(noticed)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _listening and event in _EVENTS:
        path = arguments[0] if arguments else None
        if isinstance(path, (str, bytes, os.PathLike)):
            _see(os.fsdecode(path))


def _see(path: str) -> None:
    path = os.path.abspath(path)
    noticed = _listening[-1]
    if path in noticed:
        return
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        noticed[path] = None
    else:
        noticed[path] = [status.st_mtime_ns, status.st_size, status.st_ino]
