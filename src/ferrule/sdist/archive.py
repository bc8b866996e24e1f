"""Unpacking source distributions.

Nothing is written outside of the destination: entries with absolute paths,
with `..`, and links or devices are refused (an sdist of ferrule has none).
"""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

from ferrule.errors.files import ReadError
from ferrule.errors.sdist import UnsafeArchiveError

__all__ = ["unpack_sdist"]


def unpack_sdist(path: Path, folder: Path) -> Path:
    """Unpack a `.tar.gz` into `folder` and return the project's folder.

    Raises `UnsafeArchiveError` before anything was written, and `ReadError`.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            members = archive.getmembers()
            problems = [text for item in members if (text := _problem(item))]
            tops = {PurePosixPath(item.name).parts[0] for item in members if item.name}
            if problems or len(tops) != 1:
                reasons = problems or ["it does not hold exactly one top folder"]
                raise UnsafeArchiveError(path, reasons)
            for item in members:
                _write(archive, item, folder)
    except (OSError, tarfile.TarError, EOFError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise ReadError(path, reason) from error
    return folder / tops.pop()


def _problem(item: tarfile.TarInfo) -> str | None:
    path = PurePosixPath(item.name)
    if path.is_absolute() or ".." in path.parts or "\\" in item.name:
        return f"{item.name!r} leaves the destination"
    if not (item.isfile() or item.isdir()):
        return f"{item.name!r} is a link or a device"
    return None


def _write(archive: tarfile.TarFile, item: tarfile.TarInfo, folder: Path) -> None:
    target = folder / item.name
    if item.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(item)
    content = source.read() if source else b""
    target.write_bytes(content)
    target.chmod(0o755 if item.mode & 0o111 else 0o644)
