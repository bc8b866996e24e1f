"""What is compressed once is not compressed again, and is never believed blindly."""

from __future__ import annotations

import os
import zlib
from hashlib import sha256
from pathlib import Path

from ferrule.bundle.onefile.deflated import Deflater

TEXT = b"the same words, again and again; " * 200
NOISE = os.urandom(5000)


def digest(content: bytes) -> bytes:
    return sha256(content).digest()


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_shrinks_is_compressed_and_what_does_not_is_itself(tmp_path: Path) -> None:
    for deflater in (Deflater(), Deflater(tmp_path), Deflater(tmp_path)):
        assert zlib.decompress(deflater.stored(TEXT, digest(TEXT))) == TEXT
        assert deflater.stored(NOISE, digest(NOISE)) is NOISE


def test_a_kept_member_is_taken(tmp_path: Path) -> None:
    Deflater(tmp_path).stored(TEXT, digest(TEXT))
    (path,) = kept_files(tmp_path)
    assert path.name == digest(TEXT).hex()
    other = b"what another release of the library makes"
    path.write_bytes(digest(other) + other)
    assert Deflater(tmp_path).stored(TEXT, digest(TEXT)) == other


def test_a_damaged_member_is_made_again(tmp_path: Path) -> None:
    expected = Deflater(tmp_path).stored(TEXT, digest(TEXT))
    (path,) = kept_files(tmp_path)
    for damage in (b"", b"short", path.read_bytes()[:-1]):
        path.write_bytes(damage)
        assert Deflater(tmp_path).stored(TEXT, digest(TEXT)) == expected
        assert path.read_bytes() == digest(expected) + expected


def test_small_contents_are_not_kept(tmp_path: Path) -> None:
    small = b"a" * 1000
    assert zlib.decompress(Deflater(tmp_path).stored(small, digest(small))) == small
    assert kept_files(tmp_path) == []


def test_a_folder_that_refuses_costs_nothing_but_time(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    assert zlib.decompress(Deflater(place).stored(TEXT, digest(TEXT))) == TEXT


def test_prepared_contents_are_those_of_one_at_a_time(tmp_path: Path) -> None:
    contents = [TEXT, NOISE, TEXT[:900], b""]
    deflater = Deflater(tmp_path)
    deflater.prepare(contents)
    for content in contents:
        stored = deflater.stored(content, digest(content))
        assert stored == Deflater().stored(content, digest(content))
