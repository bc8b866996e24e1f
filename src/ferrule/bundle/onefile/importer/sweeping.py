"""Removes from the cache what versions of this program have left behind.

A version goes when it was not used for a month, or when all of them together are
too large, the longest unused first. None goes that a process uses: it shares the
lock of its folder, and only who has that lock alone may rename the folder.
"""

import _ferrule
import os
import stat
from time import time

import _ferrule_cache as cache

_KEPT_S = 30 * 24 * 3600
_YOUNG_S = 24 * 3600
_ABANDONED_S = 3600
_ROOM_BYTES = 512 * 1024 * 1024
_GONE = ".gone-"


def sweep(above, own, name):
    """Remove old versions beside the open folder `own`, whose name is `name`.

    `above` is the open folder that holds all of them.
    """
    now = time()
    _sweep_own(own, now)
    versions = []
    total = 0
    for other in sorted(os.listdir(above)):
        if other == name:
            continue
        facts = _look_at(above, other)
        if facts is not None:
            versions.append((facts[0], facts[1], other))
            total += facts[1]
    for used, size, other in sorted(versions):
        is_old = used < now - _KEPT_S or other.startswith(_GONE)
        is_too_much = total > _ROOM_BYTES and used < now - _YOUNG_S
        if (is_old or is_too_much) and _remove_version(above, other):
            total -= size


def _sweep_own(folder, now):
    """Remove what killed processes were writing."""
    for name in os.listdir(folder):
        if name.endswith(".tmp"):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if found.st_mtime < now - _ABANDONED_S:
                cache.remove(folder, name)


def _look_at(above, name):
    """Return when a version was used and its size; None if it is none."""
    folder = _open(above, name)
    if folder is None:
        return None
    try:
        used = os.fstat(folder).st_mtime
        size = 0
        for inner in os.listdir(folder):
            found = os.stat(inner, dir_fd=folder, follow_symlinks=False)
            size += found.st_size
            if inner == "lock":
                used = found.st_mtime
        return used, size
    except OSError:
        return None
    finally:
        os.close(folder)


def _open(above, name):
    try:
        folder = os.open(name, cache.FOLDER_FLAGS, dir_fd=above)
    except OSError:
        return None
    found = os.fstat(folder)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o022:
        os.close(folder)
        return None
    return folder


def _remove_version(above, name):
    folder = _open(above, name)
    if folder is None:
        return False
    try:
        lock = os.open("lock", cache.LOCK_FLAGS, 0o600, dir_fd=folder)
        try:
            if not _ferrule.lock(lock, cache.EXCLUSIVE | cache.NOT_WAITING):
                return False
            gone = name
            if not name.startswith(_GONE):
                gone = _GONE + os.urandom(8).hex()
                os.rename(name, gone, src_dir_fd=above, dst_dir_fd=above)
            for inner in os.listdir(folder):
                cache.remove(folder, inner)
            os.rmdir(gone, dir_fd=above)
        finally:
            os.close(lock)
    except OSError:
        return False
    finally:
        os.close(folder)
    return True
