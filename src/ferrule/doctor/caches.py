"""Findings about ferrule's cache and the target directory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from ferrule.cache import cache_folder, cache_root
from ferrule.cache_entries import SECTIONS
from ferrule.doctor.finding import Finding, Fix
from ferrule.errors.cache import CacheFolderError
from ferrule.quantities import bytes_text

__all__ = ["check_cache", "check_target_directory"]

_MOST_FILES: Final = 4000
"""How many files are measured; beyond it the answer is "more than"."""
_LARGE_BYTES: Final = 5 * 1024**3
_OLD_S: Final = 30 * 24 * 3600
_HALF_WRITTEN_S: Final = 24 * 3600


def _measure(folders: Iterable[Path]) -> tuple[int, bool]:
    """Return the size of folders, and whether that is all of them."""
    total = count = 0
    waiting = [str(folder) for folder in folders]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
                continue
            count += 1
            if count > _MOST_FILES:
                return total, False
            try:
                total += entry.stat(follow_symlinks=False).st_size
            except OSError:
                continue
    return total, True


def _size_text(folders: Iterable[Path]) -> tuple[int, str]:
    size, is_all = _measure(folders)
    return size, bytes_text(size) if is_all else f"more than {bytes_text(size)}"


# --- ferrule's cache --------------------------------------------------------------


def check_cache(env: Mapping[str, str]) -> list[Finding]:
    """Return the state of the per-user cache; nothing is created."""
    folder = cache_folder(env)
    if not os.path.lexists(folder):
        what = f"no cache yet; it will be in {folder}"
        return [Finding("cache", "ok", what)]
    try:
        cache_root(env)
    except CacheFolderError as error:
        return [_unusable(folder, error)]
    size, shown = _size_text([folder])
    is_large = size > _LARGE_BYTES
    findings = [
        Finding(
            "cache",
            "note" if is_large else "ok",
            f"{folder}: {shown}",
            why="compiled crates take most of it" if is_large else "",
            remedy=("ferrule cache clear builds",) if is_large else (),
        )
    ]
    now_s = time.time()
    findings += _check_leftovers(folder, now_s)
    findings += _check_old_builds(folder / "builds", now_s)
    return findings


def _unusable(folder: Path, error: CacheFolderError) -> Finding:
    import stat

    fix = None
    status = os.lstat(folder)
    is_mine = os.name == "nt" or status.st_uid == os.getuid()
    if is_mine and stat.S_ISDIR(status.st_mode) and status.st_mode & 0o022:
        mode = stat.S_IMODE(status.st_mode) & ~0o077
        steps = (f"chmod {mode:04o} {folder}",)
        fix = Fix(steps, partial(os.chmod, folder, mode))
    return Finding(
        "cache-unusable",
        "warning",
        error.what,
        tuple(error.why),
        "ferrule does not use the cache: interpreters and cargo are asked each time, "
        "and builds in temporary folders compile everything",
        (error.fix,) if error.fix else (),
        fix,
    )


def _check_leftovers(folder: Path, now_s: float) -> list[Finding]:
    found = []
    for section in SECTIONS:
        for path in _children(folder / section):
            old = _modified_s(path) < now_s - _HALF_WRITTEN_S
            if path.name.startswith(".") and old:
                found.append(path)
    if not found:
        return []
    return [
        Finding(
            "cache-leftovers",
            "note",
            f"{len(found)} half-written entries of interrupted commands",
            tuple(map(str, found[:4])),
            "they are never read",
            ("ferrule doctor --fix",),
            _removal(found),
        )
    ]


def _check_old_builds(folder: Path, now_s: float) -> list[Finding]:
    old = [path for path in _children(folder) if _modified_s(path) < now_s - _OLD_S]
    old = [path for path in old if not path.name.startswith(".")]
    if not old:
        return []
    _, shown = _size_text(old)
    return [
        Finding(
            "cache-old-builds",
            "note",
            f"{len(old)} compiled projects that no build used for a month: {shown}",
            why="they belong to sdists and temporary folders that are gone",
            remedy=("ferrule cache clear builds",),
            fix=_removal(old),
        )
    ]


def _removal(paths: list[Path]) -> Fix:
    return Fix(tuple(f"remove {path}" for path in paths), partial(_remove_all, paths))


def _remove_all(paths: list[Path]) -> None:
    import shutil

    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(Path(item.path) for item in os.scandir(folder))
    except OSError:
        return []


def _modified_s(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return time.time()


# --- the target directory ---------------------------------------------------------


def check_target_directory(folder: Path, env: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with a target directory that exists."""
    if not folder.is_dir():
        return []
    _, shown = _size_text([folder])
    findings = [Finding("target-size", "ok", f"{folder}: {shown}")]
    findings += _check_owner(folder)
    findings += _check_outputs(folder / "ferrule" / "out", env)
    return findings


def _check_owner(folder: Path) -> list[Finding]:
    if os.name == "nt" or os.getuid() == 0:
        return []
    near = [folder, *_children(folder), *_children(folder / "ferrule")]
    foreign = [path for path in near if path.lstat().st_uid != os.getuid()]
    if not foreign:
        return []
    return [
        Finding(
            "target-foreign",
            "warning",
            f"files of another user in {folder}",
            tuple(map(str, foreign[:4])),
            "cargo ends with: Permission denied (a build was once run with sudo)",
            (f"sudo chown -R {os.getuid()} {folder}",),
        )
    ]


def _slot_of(outputs: Path) -> str:
    return outputs.name.partition("-")[0]


def _check_outputs(folder: Path, env: Mapping[str, str]) -> list[Finding]:
    """Return outputs of slots that no stored configuration leads to any more."""
    names = [path for path in _children(folder) if _slot_of(path).isdecimal()]
    stored = cache_folder(env) / "pyo3-config"
    if not names or not stored.is_dir():
        return []
    from ferrule.cargo.slots import compute_slot

    known = set()
    for path in [*_children(stored), *_children(folder.parent / "pyo3-config")]:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        known |= {str(compute_slot(text, link=link)) for link in (True, False)}
    limit_s = time.time() - _OLD_S
    stale = [
        path
        for path in names
        if _slot_of(path) not in known and _modified_s(path) < limit_s
    ]
    if not stale:
        return []
    _, shown = _size_text(stale)
    return [
        Finding(
            "target-stale",
            "note",
            f"outputs of {len(stale)} PyO3 configurations that are gone: {shown}",
            tuple(map(str, stale[:4])),
            "no build looks at them",
            ("ferrule doctor --fix",),
            _removal(stale),
        )
    ]
