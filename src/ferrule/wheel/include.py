"""The `include` setting: patterns for files beyond the Python packages.

A pattern is a glob relative to the project root: `*` and `?` stay inside a
folder, `**` crosses folders, hidden files match. Only files are taken.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from ferrule import log
from ferrule.errors.wheel import IncludePatternError, OutDirError
from ferrule.wheel.python_tree import file_member, is_cache

if TYPE_CHECKING:
    from ferrule.settings.model import FilePattern
    from ferrule.wheel.member import Member

__all__ = [
    "DATA_PREFIX",
    "OutDirOf",
    "fixed_folder",
    "include_members",
    "match_files",
    "out_dir_members",
]

DATA_PREFIX = ".data/"
"""Begins a `to` that lies in the wheel's data folder, whose name has a version."""

OutDirOf = Callable[[Optional[str]], Optional[Path]]
"""Gives the OUT_DIR of a crate by name, of the project's crate for None."""


def include_members(
    pattern: FilePattern, *, root: Path, python_dir: Path
) -> list[Member]:
    """Return the files that a pattern adds to the wheel.

    The pattern counts from `root`, and from `python_dir` if nothing is found
    there; files below `python_dir` keep their place as Python files. Warns when
    nothing matches. Raises `IncludePatternError` and `ReadError`.
    """
    folder = root
    found = match_files(root, pattern.path)
    if not found and python_dir != root:
        folder = python_dir
        found = match_files(python_dir, pattern.path)
    if not found:
        _warn_unmatched(pattern.path, root)
    start = fixed_folder(pattern.path)
    members = []
    for name in found:
        source = folder / name
        path = name
        if pattern.to is not None:
            path = _join(pattern.to, name[len(start) :].lstrip("/"))
        elif python_dir != root and python_dir in source.parents:
            path = source.relative_to(python_dir).as_posix()
        member = file_member(path, source)
        is_script = (pattern.to or "").strip("/") == f"{DATA_PREFIX}scripts"
        members.append(_installable(member, source) if is_script else member)
    return members


def fixed_folder(pattern: str) -> str:
    """Return the folders that a pattern starts with, before any wildcard.

    >>> fixed_folder("assets/icons/**/*.svg")
    'assets/icons'
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    fixed = itertools.takewhile(
        lambda part: not any(char in part for char in "*?["), parts[:-1]
    )
    return "/".join(fixed)


def _join(place: str, name: str) -> str:
    return f"{place.strip('/')}/{name}".lstrip("/")


def _installable(member: Member, source: Path) -> Member:
    """Return a script whose `#!` line the installer replaces (PEP 427)."""
    from dataclasses import replace

    member = replace(member, executable=True)
    content = source.read_bytes()
    first, newline, rest = content.partition(b"\n")
    if not (first.startswith(b"#!") and b"python" in first):
        return member
    return replace(member, source=b"#!python" + newline + rest)


def out_dir_members(pattern: FilePattern, out_dir_of: OutDirOf) -> list[Member]:
    """Return the files that a crate's build script generated for the wheel.

    Raises `OutDirError` when that crate has no build script.
    """
    folder = out_dir_of(pattern.crate)
    if folder is None:
        raise OutDirError(pattern.path, pattern.crate)
    path = pattern.path
    if (folder / path).is_dir():
        # What a build script writes can be known by the folder's name alone.
        path = f"{path.rstrip('/')}/**"
    found = match_files(folder, path)
    if not found:
        log.warn(f"include {pattern.path!r} matches no file in {folder}")
    dropped, mark, _ = pattern.path.partition("/./")
    start = len(dropped) + 1 if mark else 0
    return [
        file_member(_join(pattern.to or "", name[start:]), folder / name)
        for name in found
    ]


def match_files(folder: Path, pattern: str) -> list[str]:
    """Return the files that match, sorted, relative to `folder`.

    Raises `IncludePatternError` for patterns that leave the folder.
    """
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    if pattern.startswith("/") or Path(pattern).is_absolute():
        raise IncludePatternError(pattern, "it is an absolute path")
    if ".." in parts:
        raise IncludePatternError(pattern, "`..` leaves the project")
    return sorted(set(_matches(str(folder), "", parts))) if parts else []


def _matches(folder: str, path: str, parts: tuple[str, ...]) -> Iterator[str]:
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _matches(folder, path, rest or ("*",))
        for entry in _entries(folder):
            # A wide pattern is not meant for caches, nor for what git keeps.
            if (
                entry.is_dir(follow_symlinks=False)
                and entry.name != ".git"
                and not is_cache(entry.path)
            ):
                yield from _matches(entry.path, f"{path}{entry.name}/", parts)
    elif any(char in head for char in "*?["):
        from fnmatch import fnmatchcase

        for entry in _entries(folder):
            if fnmatchcase(entry.name, head):
                yield from _descend(entry.path, f"{path}{entry.name}", rest)
    else:
        yield from _descend(str(Path(folder, head)), f"{path}{head}", rest)


def _descend(location: str, path: str, rest: tuple[str, ...]) -> Iterator[str]:
    if not rest:
        if os.path.isfile(location):
            yield path
    elif os.path.isdir(location):
        yield from _matches(location, f"{path}/", rest)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except PermissionError:
        return []


def _warn_unmatched(pattern: str, root: Path) -> None:
    hint = ""
    if (root / pattern).is_dir():
        hint = f'; to take a whole folder, write "{pattern.rstrip("/")}/**"'
    log.warn(f"include {pattern!r} matches no file in {root}{hint}")
