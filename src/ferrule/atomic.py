"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

    AnyPath = str | Path

__all__ = ["copy_stream", "link_file", "replacing", "write_bytes", "write_text"]


class replacing:  # noqa: N801 (used like a function)
    """Open a temporary file beside `path` that replaces it on success.

    Devices and pipes are written to. Nothing is left behind when the enclosed code
    fails. Raises `WriteError` when the operating system refuses (disk full, no
    permission, no folder).
    """

    def __init__(self, path: AnyPath, *, mode: int = 0o644) -> None:
        self._path = path
        self._mode = mode
        self._temporary = ""
        """Empty for devices and pipes."""
        self._stream: BinaryIO

    def __enter__(self) -> BinaryIO:
        if _is_device(self._path):
            self._stream = open(self._path, "wb")
            return self._stream
        try:
            self._temporary, handle = _create_beside(self._path)
        except OSError as error:
            raise _refusal(self._path, error) from error
        self._stream = os.fdopen(handle, "wb")
        return self._stream

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        temporary = self._temporary
        try:
            self._stream.close()
            if error is None and temporary:
                os.chmod(temporary, self._mode)
                os.replace(temporary, self._path)
        except OSError as failure:
            if not temporary and error is None:
                raise
            error = error or failure
        if error is None or not temporary:
            return
        _remove(temporary)
        own = (None, temporary, str(self._path), os.path.dirname(self._path))
        if isinstance(error, OSError) and error.filename in own:
            raise _refusal(self._path, error) from error


def _refusal(path: AnyPath, error: OSError) -> Exception:
    from ferrule.errors.files import WriteError

    return WriteError(path, error)


def _is_device(path: AnyPath) -> bool:
    """Whether a path is a device or a pipe, which no file may take the place of."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _create_beside(path: AnyPath) -> tuple[str, int]:
    # Not `tempfile`: importing it costs more than a whole unchanged build may.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    folder, name = os.path.split(path)
    may_make_folder = bool(folder)
    while True:
        temporary = os.path.join(folder, f".{name[:200]}.{os.urandom(6).hex()}")
        try:
            return temporary, os.open(temporary, flags, 0o600)
        except FileExistsError:
            continue
        except FileNotFoundError:
            # Another command may have made the folder meanwhile: that it is there
            # now does not mean that it was.
            if not may_make_folder:
                raise
            may_make_folder = False
            os.makedirs(folder, exist_ok=True)


def _remove(path: str) -> None:
    if path:
        try:
            os.unlink(path)
        except OSError:
            return


def write_bytes(path: AnyPath, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` with `content`, or raise `WriteError` and change nothing."""
    with replacing(path, mode=mode) as stream:
        stream.write(content)


def write_text(path: AnyPath, text: str, *, mode: int = 0o644) -> None:
    """Replace `path` with UTF-8 `text`, or raise `WriteError`."""
    write_bytes(path, text.encode("utf-8"), mode=mode)


def copy_stream(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a file from its beginning; Linux does so without showing us its content.

    Raises OSError.
    """
    handles = source.fileno(), target.fileno()
    left = os.fstat(handles[0]).st_size
    try:
        while left > 0 and (copied := os.copy_file_range(*handles, left)):
            left -= copied
    except (AttributeError, OSError):
        pass  # not Linux, or not between these file systems
    if left > 0:
        # Some file systems say that there is nothing: from where it was given up.
        import shutil

        source.seek(os.lseek(handles[0], 0, os.SEEK_CUR))
        shutil.copyfileobj(source, target, 1 << 20)


def link_file(source: AnyPath, target: AnyPath) -> None:
    """Make `target` the same file as `source`, or a copy of it."""
    folder, name = os.path.split(target)
    if folder:
        os.makedirs(folder, exist_ok=True)
    # rename(2) leaves both names where they are the same file already.
    if os.path.exists(target) and os.path.samefile(source, target):
        return
    # A new file each time: overwriting a library that a process has mapped
    # would crash that process.
    temporary = os.path.join(folder, f".{name[:200]}.{os.urandom(6).hex()}")
    try:
        os.link(source, temporary)
    except OSError:
        import shutil

        shutil.copy2(source, temporary)
    os.replace(temporary, target)
