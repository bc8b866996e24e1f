"""Unpacking never leaves the destination."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.sdist import UnsafeArchiveError
from ferrule.sdist.archive import unpack_sdist


def archive(path: Path, *entries: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as stream:
        for entry in entries:
            entry.size = 2 if entry.isfile() else 0
            stream.addfile(entry, io.BytesIO(b"hi") if entry.isfile() else None)
    return path


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o644
) -> tarfile.TarInfo:
    item = tarfile.TarInfo(name)
    item.type = kind
    item.mode = mode
    item.linkname = "/etc/passwd"
    return item


def test_files_and_executable_bits(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", entry("p-1/x"), entry("p-1/d/y", mode=0o755))
    root = unpack_sdist(path, tmp_path / "out")
    assert root == tmp_path / "out" / "p-1"
    assert (root / "x").read_text() == "hi"
    assert (root / "d" / "y").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (entry("p-1/../../evil"), "leaves the destination"),
        (entry("/evil"), "leaves the destination"),
        (entry("p-1/link", tarfile.SYMTYPE), "is a link or a device"),
        (entry("p-1/fifo", tarfile.FIFOTYPE), "is a link or a device"),
        (entry("other/x"), "exactly one top folder"),
    ],
    ids=["dots", "absolute", "symlink", "fifo", "two-tops"],
)
def test_unsafe_archive_writes_nothing(tmp_path: Path, bad, text: str) -> None:
    path = archive(tmp_path / "a.tar.gz", entry("p-1/x"), bad)
    with pytest.raises(UnsafeArchiveError) as caught:
        unpack_sdist(path, tmp_path / "out")
    assert text in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_truncated_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", entry("p-1/x"))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ReadError, match="cannot read"):
        unpack_sdist(path, tmp_path / "out")
