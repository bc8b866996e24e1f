"""Writes a bundle: a folder, or an archive of it, the same bytes every time."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from ferrule import atomic
from ferrule.bundle.bill import MARK
from ferrule.errors.bundle import BundleFolderError, CompressorMissingError
from ferrule.errors.files import WriteError
from ferrule.python.search import find_command
from ferrule.wheel.content import chunks, content_size

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle, BundleFile

__all__ = [
    "check_place",
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
    `WriteError`, and with `replaces` `BundleFolderError` if something else is in
    place of `target`.
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
    """Raise `BundleFolderError` if something else than a bundle is in a place."""
    if target.is_symlink() or target.is_file():
        raise BundleFolderError(target, "it is a file or a link")
    if target.is_dir() and not (target / MARK).is_file() and any(target.iterdir()):
        raise BundleFolderError(target, f"it has files, and no {MARK} of a bundle")


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
        os.utime(below, (epoch, epoch))
    return size


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


def write_archive(
    staged: Path, target: Path, *, root: str, epoch: int | None, env: Mapping[str, str]
) -> None:
    """Write a folder as an archive in which it is called `root`.

    The name of `target` says how it is compressed: `.tar.gz` or `.tar.zst`. Raises
    `CompressorMissingError` and `WriteError`.
    """
    time_s = _EPOCH if epoch is None else epoch
    with atomic.replacing(target) as raw:
        if target.name.endswith(".gz"):
            import gzip

            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as zipped:
                _write_tar(staged, zipped, root, time_s)
        else:
            with _zstd(raw, env) as stream:
                _write_tar(staged, stream, root, time_s)


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
