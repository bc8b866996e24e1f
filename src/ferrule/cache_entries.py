"""What the per-user cache holds: listed for people, and removed.

A running build never asks; `ferrule cache` and `ferrule doctor` do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ferrule import log
from ferrule.cache import cache_folder, cache_root, decode_entry
from ferrule.errors.cache import UnknownSectionError

__all__ = ["DISPOSABLE", "SECTIONS", "Entry", "clear", "entries"]

SECTIONS: Final = (
    "interpreters",
    "toolchain",
    "metadata",
    "answers",
    "pyo3-config",
    "builds",
    "bundles",
    "tools",
)
DISPOSABLE: Final = (
    "interpreters",
    "toolchain",
    "metadata",
    "answers",
    "builds",
    "bundles",
    "tools",
)
"""What a plain clear removes; cargo projects refer to files of `pyo3-config`."""


class Entry(NamedTuple):
    """One thing that the cache holds."""

    section: str
    name: str
    path: Path
    size_bytes: int
    modified_s: float
    """Time of the last change, in seconds since the epoch."""
    label: str
    """What the entry is about, for people; its name where nothing better is known."""

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data for `--json`."""
        return {
            "section": self.section,
            "name": self.name,
            "path": str(self.path),
            "size_bytes": self.size_bytes,
            "modified_s": self.modified_s,
            "label": self.label,
        }


def _check_sections(sections: Iterable[str]) -> None:
    for name in sections:
        if name not in SECTIONS:
            raise UnknownSectionError(name, SECTIONS)


def entries(
    env: Mapping[str, str], sections: Sequence[str] = SECTIONS
) -> tuple[Entry, ...]:
    """Return what the cache holds, by section and name; creates nothing.

    Raises `UnknownSectionError`, and `CacheFolderError` for a folder that is
    not private.
    """
    _check_sections(sections)
    root = cache_folder(env)
    if not os.path.lexists(root):
        return ()
    root = cache_root(env)
    return tuple(
        _entry(section, path)
        for section in SECTIONS
        if section in sections
        for path in _children(root / section)
        if not path.name.startswith(".")
    )


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(Path(item.path) for item in os.scandir(folder))
    except OSError:
        return []


def _entry(section: str, path: Path) -> Entry:
    size_bytes, modified_s = _measure(path)
    label = _label(section, path)
    return Entry(section, path.name, path, size_bytes, modified_s, label)


def _label(section: str, path: Path) -> str:
    if path.suffix != ".json":
        return path.name
    try:
        data = decode_entry(section, None, path.read_bytes())
    except OSError:
        data = None
    label = data.get("label") if isinstance(data, dict) else "(damaged)"
    return str(label) if label else path.name


def _measure(path: Path) -> tuple[int, float]:
    """Return the size of a file or folder and when it last changed."""
    status = _status(path)
    if status is None:
        return 0, 0.0
    if path.is_symlink() or not path.is_dir():
        return status.st_size, status.st_mtime
    files = (
        _status(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        for name in names
    )
    return sum(file.st_size for file in files if file), status.st_mtime


def _status(path: str | Path) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def clear(
    env: Mapping[str, str], sections: Sequence[str] = DISPOSABLE
) -> tuple[Entry, ...]:
    """Remove everything in `sections` and return what was removed.

    A folder is renamed before it is emptied, so that a build which starts
    meanwhile sees it whole or not at all. Raises the errors of `entries`.
    """
    found = entries(env, sections)
    removed = tuple(entry for entry in found if _remove(entry.path))
    root = cache_folder(env)
    for section in sections:
        # What interrupted writes and clears left behind has a leading dot.
        for path in _children(root / section):
            if path.name.startswith("."):
                _remove(path)
    return removed


def _remove(path: Path) -> bool:
    import shutil

    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
            return True
        if not path.name.startswith("."):
            doomed = path.with_name(f".{path.name}.{os.getpid()}")
            path.rename(doomed)
            path = doomed
        shutil.rmtree(path)
    except OSError as error:
        log.debug(f"{path} was not removed: {error}")
        return False
    return True
