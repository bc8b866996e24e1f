"""The files of extension modules, between what cargo built and what is imported."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ferrule.atomic import link_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["place_library", "remove_others", "replace_loaded", "without_libpython"]


def place_library(source: Path, target: Path) -> None:
    """Make `target` the library, also where a process has the old one loaded."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.name != "nt":
        link_file(source, target)
        return
    # Windows: cargo could not replace a file whose other name is loaded, so this
    # is a copy; a loaded file cannot be overwritten, but it can be renamed.
    status = source.stat()
    if target.is_file():
        old = target.stat()
        if (old.st_mtime_ns, old.st_size) == (status.st_mtime_ns, status.st_size):
            return
    import shutil

    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copy2(source, temporary)
    replace_loaded(temporary, target)


def replace_loaded(source: Path, target: Path) -> None:
    """Rename a file to one that a process may have loaded. Raises OSError."""
    try:
        os.replace(source, target)
    except PermissionError:
        if os.name != "nt":
            raise
        stem, dot, suffix = target.name.partition(".")
        aside = f"{stem}.{os.urandom(6).hex()}-0{dot}{suffix}"
        target.rename(target.with_name(aside))
        os.replace(source, target)


def remove_others(target: Path) -> None:
    """Remove what earlier reloads loaded: the same module with an identity.

    Where the system refuses because a process has it loaded, it stays.
    """
    stem, _, suffix = target.name.partition(".")
    status = target.stat()
    current = f"{stem}.{status.st_mtime_ns:x}-{status.st_size:x}.{suffix}"
    for path in target.parent.glob(f"{stem}.*-*.{suffix}"):
        middle = path.name[len(stem) + 1 : -len(suffix) - 1]
        if path.name != current and set(middle) <= set("0123456789abcdef-"):
            with suppress(OSError):
                path.unlink()


def without_libpython(source: Path, target: Path) -> Path:
    """Copy a library without its need of libpython, unless that was done."""
    time_ns = source.stat().st_mtime_ns
    if not target.is_file() or target.stat().st_mtime_ns != time_ns:
        from ferrule import atomic
        from ferrule.formats.elf_edit import without_needed

        content = without_needed(source.read_bytes(), "libpython", name=str(source))
        with atomic.replacing(target, mode=0o755) as stream:
            stream.write(content)
        os.utime(target, ns=(time_ns, time_ns))
    return target
