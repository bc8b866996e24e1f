"""Writes a bundle: a folder, or an archive of it, the same bytes every time."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ferrule import atomic
from ferrule.bundle.bill import MARK, read_mark
from ferrule.errors.bundle import BundleFolderError, CompressorMissingError
from ferrule.errors.files import ReadError, WriteError
from ferrule.python.search import find_command
from ferrule.wheel.content import chunks, content_size

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle, BundleFile

__all__ = [
    "check_compressor",
    "check_place",
    "place_notes",
    "replace_file",
    "replace_folder",
    "staged_folder",
    "write_archive",
    "write_file",
]

_EPOCH: Final = 315_532_800
"""The time of all files: the first that zip archives know, 1980-01-01."""


@contextmanager
def staged_folder(
    bundle: Bundle, target: Path, epoch: int | None, *, replaces: bool = True
) -> Iterator[tuple[Path, int]]:
    """Write the files of a bundle beside `target`; remove them afterwards.

    Yields the folder and its size in bytes; `replace_folder` takes it. Raises
    `WriteError`, and with `replaces` what `check_place` does.
    """
    if replaces:
        check_place(target)
    staged = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        try:
            size = _write(bundle, staged, _EPOCH if epoch is None else epoch)
        except OSError as error:
            raise WriteError(target, error) from error
        yield staged, size
    finally:
        if staged.exists():
            shutil.rmtree(staged, ignore_errors=True)


def check_place(target: Path) -> None:
    """Raise `BundleFolderError` if something else than a bundle is in a place.

    Raises `ReadError` where that cannot be seen.
    """
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise BundleFolderError(target, "it is a file or a link")
        if not target.is_dir() or not any(target.iterdir()):
            return
        mark = target / MARK
        known = read_mark(mark.read_bytes()) if mark.is_file() else None
        names = {path.name for path in target.iterdir()}
    except OSError as error:
        raise ReadError(target, error) from error
    if known is None:
        raise BundleFolderError(target, f"it has files, and no {MARK} of a bundle")
    own = {name for name in known.get("entries", names) if isinstance(name, str)}
    others = sorted(names - own)
    if others:
        shown = ", ".join(others[:3]) + (" and others" if len(others) > 3 else "")
        raise BundleFolderError(target, f"beside the older bundle it has {shown}")


def _write(bundle: Bundle, folder: Path, epoch: int) -> int:
    size = 0
    made: set[Path] = set()
    for item in bundle.files:
        path = folder / item.path
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        size += write_file(item, path)
        os.utime(path, (epoch, epoch))
    for name, text in bundle.links:
        (folder / name).symlink_to(text)
    for below, _, _ in os.walk(folder, topdown=False):
        # Whatever the umask is: nobody else puts a module into a bundle.
        Path(below).chmod(0o755)
        os.utime(below, (epoch, epoch))
    return size


def place_notes(target: Path) -> tuple[str, ...]:
    """Return a note if others could put another program in place of a bundle.

    They can in a folder above it in which everybody may write, and rename what is
    not theirs (no sticky bit).
    """
    if os.name == "nt":
        return ()
    for folder in target.resolve().parents:
        mode = folder.stat().st_mode if folder.exists() else 0
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            text = f"other users can replace what is in {folder}, the program included"
            return (f"{text}: do not run it there with rights that they have not",)
    return ()


def write_file(item: BundleFile, path: Path) -> int:
    """Write one file and return its size in bytes. Raises `OSError`, `ReadError`."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        for piece in chunks(item.content):
            stream.write(piece)
    path.chmod(0o755 if item.executable else 0o644)
    return content_size(item.content)


def replace_folder(staged: Path, target: Path) -> None:
    """Give a complete folder its name, instead of an older bundle there.

    Raises `WriteError`; the older one is in place then.
    """
    old = target.with_name(f".{target.name}.old.{os.urandom(6).hex()}")
    try:
        if target.exists():
            target.rename(old)
        try:
            staged.rename(target)
        except OSError:
            with suppress(OSError):
                old.rename(target)
            raise
    except OSError as error:
        raise WriteError(target, error) from error
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def replace_file(staged: Path, target: Path) -> None:
    """Give a complete file its name, instead of an older one. Raises `WriteError`."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
    except OSError as error:
        raise WriteError(target, error) from error


def write_archive(
    staged: Path, target: Path, *, root: str, epoch: int | None, env: Mapping[str, str]
) -> None:
    """Write a folder as an archive in which it is called `root`.

    The name of `target` says which: `.tar.gz`, `.tar.zst` or `.zip`. Raises
    `CompressorMissingError` and `WriteError`.
    """
    time_s = _EPOCH if epoch is None else epoch
    with atomic.replacing(target) as raw:
        if target.name.endswith(".zip"):
            _write_zip(staged, raw, root, time_s)
        elif target.name.endswith(".gz"):
            import gzip

            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as zipped:
                _write_tar(staged, zipped, root, time_s)
        else:
            with _zstd(raw, env) as stream:
                _write_tar(staged, stream, root, time_s)


def _write_zip(folder: Path, stream: IO[bytes], root: str, time_s: int) -> None:
    import time
    from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

    # The format knows no time before 1980.
    moment = time.gmtime(max(time_s, _EPOCH))[:6]
    with ZipFile(stream, "w") as archive:
        for path in sorted(folder.rglob("*")):
            is_link = path.is_symlink()
            if path.is_dir() and not is_link:
                continue
            name = f"{root}/{path.relative_to(folder).as_posix()}"
            member = ZipInfo(name, moment)
            member.create_system = 3
            member.external_attr = path.lstat().st_mode << 16
            member.compress_type = ZIP_STORED if is_link else ZIP_DEFLATED
            if is_link:
                archive.writestr(member, os.readlink(path))
                continue
            member.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def _write_tar(folder: Path, stream: Any, root: str, time_s: int) -> None:
    import tarfile

    with tarfile.open(mode="w|", fileobj=stream, format=tarfile.PAX_FORMAT) as archive:
        for path in [folder, *sorted(folder.rglob("*"))]:
            below = path.relative_to(folder).as_posix()
            name = root if below == "." else f"{root}/{below}"
            member = archive.gettarinfo(str(path), name)
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = time_s
            if member.isdir():
                member.mode = 0o755
            if member.isreg():
                with path.open("rb") as content:
                    archive.addfile(member, content)
            else:
                archive.addfile(member)


@contextmanager
def _zstd(raw: IO[bytes], env: Mapping[str, str]) -> Iterator[IO[bytes]]:
    """Yield a stream that compresses into another."""
    stream = _compressor(raw)
    if stream is not None:
        with stream:
            yield stream
        return
    program = find_command("zstd", env)
    if program is None:
        raise CompressorMissingError
    import subprocess

    process = subprocess.Popen(
        [program, "-q", "-9", "-c"], stdin=subprocess.PIPE, stdout=raw.fileno()
    )
    try:
        if process.stdin is not None:
            with process.stdin as stream:
                yield stream
        if process.wait() != 0:
            raise CompressorMissingError
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def check_compressor(env: Mapping[str, str]) -> None:
    """Raise `CompressorMissingError` if nothing here compresses with zstd."""
    import io

    if _compressor(io.BytesIO()) is None and find_command("zstd", env) is None:
        raise CompressorMissingError


def _compressor(raw: IO[bytes]) -> IO[bytes] | None:
    """Return the stream of a module for zstd; None where there is none."""
    from importlib import import_module

    try:
        if sys.version_info >= (3, 14):
            found: Any = import_module("compression.zstd").ZstdFile(raw, "wb", level=9)
        else:
            library: Any = import_module("zstandard")
            found = library.ZstdCompressor(level=9).stream_writer(raw, closefd=False)
    except ImportError:
        return None
    stream: IO[bytes] = found
    return stream
