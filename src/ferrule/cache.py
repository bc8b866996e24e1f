"""The per-user cache: answers and compiled crates that are worth keeping.

One folder, private to the user, with one subfolder per section. Small answers
are JSON files that carry a hash of their content and are believed only when
it fits; `pyo3-config` holds text files, `builds`, `bundles` and `tools` whole folders,
which their owners (`python`, `cargo`) write below `cache_root`. The cache may vanish at
any time, and a cache that cannot be used never fails a build.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ferrule import log
from ferrule.answers import cache_place, entry_name, header, is_private
from ferrule.errors.cache import CacheFolderError

__all__ = [
    "cache_folder",
    "cache_root",
    "decode_entry",
    "folder",
    "read_json",
    "read_tracked",
    "write_json",
    "write_tracked",
]

_KEPT_S: Final = 60 * 24 * 3600
"""How long an answer is kept after it was written."""


def cache_folder(env: Mapping[str, str]) -> Path:
    """Return where the cache is, or would be, without touching it.

    The rule is that of `ferrule.answers.cache_place`.
    """
    return Path(cache_place(env))


def cache_root(env: Mapping[str, str]) -> Path:
    """Return the cache folder, created with mode 0700 where it was missing.

    Raises `CacheFolderError` when the folder cannot be created, or when another
    user could have put something into it: it is a link, belongs to somebody
    else, or its group or everybody may write there.
    """
    root = cache_folder(env)
    try:
        status = os.lstat(root)
    except FileNotFoundError:
        status = _create(root, env.get("HOME", ""))
    except OSError as error:
        raise _unusable(root, error) from error
    _check_private(root, status)
    return root


def _create(root: Path, home: str) -> os.stat_result:
    # Package builders set HOME to a folder that is not to come into being.
    if home and not os.path.isdir(home) and str(root).startswith(home + os.sep):
        raise CacheFolderError(
            root,
            f"the home folder {home} does not exist",
            "set FERRULE_CACHE_DIR to a folder that you may write to",
        )
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        # Another process may create it at the same time.
        root.mkdir(mode=0o700, exist_ok=True)
        return os.lstat(root)
    except OSError as error:
        raise _unusable(root, error) from error


def _unusable(root: Path, error: OSError) -> CacheFolderError:
    return CacheFolderError(
        root,
        f"the system says: {error.strerror or error}",
        "set FERRULE_CACHE_DIR to a folder that you may write to",
    )


def _check_private(root: Path, status: os.stat_result) -> None:
    if is_private(status):
        return
    import stat

    if stat.S_ISLNK(status.st_mode):
        raise CacheFolderError(
            root,
            f"it is a symbolic link to {os.path.realpath(root)}",
            "set FERRULE_CACHE_DIR to the real folder",
        )
    if not stat.S_ISDIR(status.st_mode):
        raise CacheFolderError(
            root, "it is not a folder", "remove it, or set FERRULE_CACHE_DIR"
        )
    if os.name == "nt":
        return
    if status.st_uid != os.getuid():
        raise CacheFolderError(
            root,
            f"it belongs to user {status.st_uid}; you are user {os.getuid()}",
            "set FERRULE_CACHE_DIR to a folder of your own (with sudo: use `sudo -H`)",
        )
    if status.st_mode & 0o022:
        raise CacheFolderError(
            root,
            f"other users may write there (mode {stat.S_IMODE(status.st_mode):04o})",
            f"run: chmod go-w {root}",
        )


def _usable_root(env: Mapping[str, str]) -> Path | None:
    try:
        return cache_root(env)
    except CacheFolderError as error:
        log.debug(str(error))
        return None


def folder(env: Mapping[str, str], section: str) -> Path | None:
    """Return the folder of a section, made if need be; None where none can be."""
    root = _usable_root(env)
    if root is None:
        return None
    path = root / section
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        log.debug(f"no cache folder {path}: {error}")
        return None
    return path


def _entry_path(root: Path, section: str, key: str) -> Path:
    return root / section / entry_name(key)


def read_json(env: Mapping[str, str], section: str, key: str) -> Any:
    """Return what `write_json` stored under `key`, or None.

    A file of another schema, of another key, or whose content does not fit its
    hash counts as missing: the next `write_json` replaces it.
    """
    root = _usable_root(env)
    if root is None:
        return None
    try:
        content = _entry_path(root, section, key).read_bytes()
    except OSError:
        return None
    return decode_entry(section, key, content)


def decode_entry(section: str, key: str | None, content: bytes) -> Any:
    """Return the value of a JSON file of the cache, or None as `read_json` does.

    Without a key, all of it: a table with `key`, `label` and `value`.
    """
    import json

    start = content.find(b"\n") + 1
    body = content[start:]
    if not start or content[:start] != header(section, body):
        log.debug(f"ignored a damaged cache entry of {section}")
        return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if key is None:
        return data
    if not isinstance(data, dict) or data.get("key") != key:
        return None
    return data.get("value")


def write_json(
    env: Mapping[str, str], section: str, key: str, value: Any, *, label: str = ""
) -> None:
    """Store `value` under `key`, atomically; give up silently where that fails.

    `label` tells people in `ferrule cache show` what the entry is about.
    """
    import json

    from ferrule import atomic
    from ferrule.errors.files import WriteError

    root = _usable_root(env)
    if root is None:
        return
    data = {"key": key, "label": label, "value": value}
    body = json.dumps(data, separators=(",", ":"), sort_keys=True).encode("ascii")
    path = _entry_path(root, section, key)
    try:
        atomic.write_bytes(path, header(section, body) + body, mode=0o600)
        # Every edit leaves answers behind: now and then, old ones go.
        if path.name.startswith("00"):
            _remove_old(path.parent)
    except (WriteError, OSError) as error:
        log.debug(f"the cache entry {path.name} was not written: {error}")


def _remove_old(folder: Path) -> None:
    import time

    oldest_s = time.time() - _KEPT_S
    for path in sorted(folder.glob("*.json")):
        if path.stat().st_mtime < oldest_s:
            path.unlink()


def read_tracked(env: Mapping[str, str], section: str, key: str) -> Any:
    """Return what `write_tracked` stored, if all its inputs are as they were.

    Returns None where nothing is stored or a file or folder has changed.
    """
    from ferrule.identity import changed_path

    found = read_json(env, section, key)
    if not isinstance(found, dict) or "inputs" not in found:
        return None
    changed = changed_path(found["inputs"])
    if changed is not None:
        log.debug(f"{section}: asked again, because {changed} changed")
        return None
    return found["value"]


def write_tracked(
    env: Mapping[str, str],
    section: str,
    key: str,
    value: Any,
    *,
    inputs: Iterable[str | Path],
) -> None:
    """Store an answer with the identity of every file and folder behind it."""
    from ferrule.identity import file_identities

    stored = {"inputs": file_identities(inputs), "value": value}
    write_json(env, section, key, stored)
