"""The files of extension modules, between what cargo built and what is imported."""

from __future__ import annotations

import os

from ferrule.atomic import copy_stream, link_file, replacing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeVar

    AnyPath = str | Path
    _Path = TypeVar("_Path", str, Path)

__all__ = ["place_library", "remove_others", "replace_loaded", "without_libpython"]


def place_library(source: AnyPath, target: AnyPath) -> None:
    """Make `target` the library, also where a process has the old one loaded."""
    folder, name = os.path.split(target)
    os.makedirs(folder, exist_ok=True)
    if os.name != "nt":
        link_file(source, target)
        return
    # Windows: cargo could not replace a file whose other name is loaded, so this
    # is a copy; a loaded file cannot be overwritten, but it can be renamed.
    status = os.stat(source)
    if os.path.isfile(target):
        old = os.stat(target)
        if (old.st_mtime_ns, old.st_size) == (status.st_mtime_ns, status.st_size):
            return
    import shutil

    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    shutil.copy2(source, temporary)
    replace_loaded(temporary, target)


def replace_loaded(source: AnyPath, target: AnyPath) -> None:
    """Rename a file to one that a process may have loaded. Raises OSError."""
    try:
        os.replace(source, target)
    except PermissionError:
        if os.name != "nt":
            raise
        folder, name = os.path.split(target)
        stem, dot, suffix = name.partition(".")
        aside = f"{stem}.{os.urandom(6).hex()}-0{dot}{suffix}"
        os.rename(target, os.path.join(folder, aside))
        os.replace(source, target)


def remove_others(target: AnyPath) -> None:
    """Remove what earlier reloads loaded: the same module with an identity.

    Where the system refuses because a process has it loaded, it stays.
    """
    folder, file = os.path.split(target)
    stem, _, suffix = file.partition(".")
    start, end = f"{stem}.", f".{suffix}"
    status = os.stat(target)
    current = f"{status.st_mtime_ns:x}-{status.st_size:x}"
    for name in os.listdir(folder):
        middle = name[len(start) : -len(end)]
        if name != start + middle + end or "-" not in middle or middle == current:
            continue
        if set(middle) <= set("0123456789abcdef-"):
            try:
                os.unlink(os.path.join(folder, name))
            except OSError:
                continue


def without_libpython(source: AnyPath, target: _Path) -> _Path:
    """Copy a library without its need of libpython, unless that was done."""
    time_ns = os.stat(source).st_mtime_ns
    if not os.path.isfile(target) or os.stat(target).st_mtime_ns != time_ns:
        from mmap import ACCESS_READ, mmap

        from ferrule.formats.elf_needed import without_needed

        with open(source, "rb") as old, replacing(target, mode=0o755) as new:
            copy_stream(old, new)
            with mmap(old.fileno(), 0, access=ACCESS_READ) as content:
                writes = without_needed(content, "libpython", name=str(source))
            for place, changed in writes.items():
                new.seek(place)
                new.write(changed)
        os.utime(target, ns=(time_ns, time_ns))
    return target
