"""The caches that single files (`ferrule bundle --mode onefile`) keep on this machine.

A program writes its libraries to `ferrule-programs/NAME/IDENTITY` below the user's
cache folder where a system does not let it open them from memory, and shares a lock
on the file `lock` in it (`bundle/onefile/importer/cache.py`). Nothing here creates
anything, follows a link, or touches a folder that is in use or belongs to somebody
else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from ferrule import log
from ferrule.cache_entries import Entry

__all__ = ["SECTION", "clear_programs", "program_entries", "programs_folder"]

SECTION: Final = "programs"
_LOCK: Final = "lock"


def programs_folder(env: Mapping[str, str]) -> Path:
    """Return the folder in which programs have their caches (XDG base directories)."""
    chosen = env.get("XDG_CACHE_HOME", "")
    home = env.get("HOME") or os.path.expanduser("~")
    base = chosen if os.path.isabs(chosen) else os.path.join(home, ".cache")
    return Path(base, "ferrule-programs")


def program_entries(env: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return one entry for each version of a program that has a cache.

    `modified_s` is the time of its last use.
    """
    return tuple(
        _entry(version)
        for program in _folders(programs_folder(env))
        for version in _folders(program)
    )


def clear_programs(env: Mapping[str, str]) -> tuple[Entry, ...]:
    """Remove the caches that no running program uses; return what was removed."""
    removed = tuple(
        entry for entry in program_entries(env) if _remove_unused(entry.path)
    )
    for program in _folders(programs_folder(env)):
        if next(_folders(program), None) is None:
            with suppress(OSError):
                program.rmdir()
    return removed


def _folders(above: Path) -> Iterator[Path]:
    try:
        with os.scandir(above) as found:
            inside = sorted(found, key=lambda item: item.name)
    except OSError:
        return
    for item in inside:
        if item.is_dir(follow_symlinks=False) and not Path(item.path).is_symlink():
            yield Path(item.path)


def _entry(version: Path) -> Entry:
    size, used = 0, version.lstat().st_mtime
    with os.scandir(version) as found:
        for item in found:
            status = item.stat(follow_symlinks=False)
            size += status.st_size
            if item.name == _LOCK:
                used = status.st_mtime
    name = version.parent.name
    return Entry(SECTION, version.name, version, size, used, name)


def _remove_unused(version: Path) -> bool:
    import shutil

    try:
        import fcntl
    except ImportError:
        return False  # no system without it has single files that cache
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        lock = os.open(version / _LOCK, flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            gone = version.with_name(f".gone-{os.urandom(8).hex()}")
            version.rename(gone)
            shutil.rmtree(gone)
        finally:
            os.close(lock)
    except BlockingIOError:
        log.info(f"{version} stays: a running program uses it")
        return False
    except OSError as error:
        log.debug(f"{version} was not removed: {error}")
        return False
    return True
