"""The files that `PYO3_CONFIG_FILE` names.

A file's name is a hash of its content, it is written only when absent, and its
time stamp is fixed: whatever restores or recreates it, cargo sees no change.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from ferrule import atomic, cache

__all__ = ["stored_config"]

_EPOCH_S = 1_000_000_000
"""The fixed modification time, in seconds."""


def stored_config(text: str, *, env: Mapping[str, str], fallback: Path) -> Path:
    """Return the path of a file with exactly this PyO3 configuration.

    The file lives in the per-user cache, so that all projects, shells and
    temporary build folders name the same path; below `fallback` (a target
    directory) where the cache cannot be used.
    """
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.txt"
    folder = cache.folder(env, "pyo3-config") or fallback / "pyo3-config"
    path = folder / name
    if not _holds(path, text):
        with atomic.replacing(path) as stream:
            stream.write(text.encode())
            stream.flush()
            os.utime(stream.name, (_EPOCH_S, _EPOCH_S))
    return path


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False
