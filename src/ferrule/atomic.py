"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ferrule.errors.files import WriteError

__all__ = ["link_file", "replacing", "write_bytes", "write_text"]


@contextmanager
def replacing(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that replaces it on success.

    Devices and pipes are written to. Nothing is left behind when the enclosed code
    fails. Raises `WriteError` when the operating system refuses (disk full, no
    permission, no folder).
    """
    if _is_device(path):
        with open(path, "wb") as stream:
            yield stream
        return
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, handle = _create_beside(path)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError as error:
        _remove(temporary)
        if error.filename not in (None, temporary, str(path), str(path.parent)):
            raise
        raise WriteError(path, error) from error
    except BaseException:
        _remove(temporary)
        raise


def _is_device(path: Path) -> bool:
    """Whether a path is a device or a pipe, which no file may take the place of."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _create_beside(path: Path) -> tuple[str, int]:
    # Not `tempfile`: importing it costs more than a whole unchanged build may.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    while True:
        name = f".{path.name[:200]}.{os.urandom(6).hex()}"
        temporary = os.path.join(path.parent, name)
        try:
            return temporary, os.open(temporary, flags, 0o600)
        except FileExistsError:
            continue


def _remove(path: str) -> None:
    if path:
        with suppress(OSError):
            os.unlink(path)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` with `content`, or raise `WriteError` and change nothing."""
    with replacing(path, mode=mode) as stream:
        stream.write(content)


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace `path` with UTF-8 `text`, or raise `WriteError`."""
    write_bytes(path, text.encode("utf-8"), mode=mode)


def link_file(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # rename(2) leaves both names where they are the same file already.
    if target.exists() and os.path.samefile(source, target):
        return
    # A new file each time: overwriting a library that a process has mapped
    # would crash that process.
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, temporary)
    except OSError:
        import shutil

        shutil.copy2(source, temporary)
    os.replace(temporary, target)
