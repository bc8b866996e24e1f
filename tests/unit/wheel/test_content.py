from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.errors.files import ReadError
from ferrule.formats.patch import Patch
from ferrule.wheel import content as content_module
from ferrule.wheel.content import (
    MappedFile,
    Patched,
    blocks,
    chunks,
    content_size,
    whole,
)


@given(st.binary(max_size=200), st.integers(1, 60), st.integers(1, 60))
def test_blocks_are_full_but_for_the_last(content, size, step):
    patched = Patched(
        Patch(tuple(content[i : i + step] for i in range(0, len(content), step))),
        b"",
    )
    for source in (content, patched):
        found = list(blocks(source, size))
        assert b"".join(block for block, _ in found) == content
        assert [is_last for _, is_last in found] == [False] * (len(found) - 1) + [True]
        assert all(len(block) == size for block, _ in found[:-1])
        assert len(found) == max(1, -(-len(content) // size))
        assert content_size(source) == len(content)
        assert bytes(whole(source)) == content


def test_files_and_large_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(content_module, "CHUNK_BYTES", 10)
    content = bytes(range(35))
    path = tmp_path / "file"
    path.write_bytes(content)
    for source in (content, path, Patched(Patch((range(35),)), memoryview(content))):
        pieces = list(chunks(source))
        assert [len(piece) for piece in pieces] == [10, 10, 10, 5]
        assert b"".join(pieces) == content
    assert whole(path) == content
    assert repr(Patched(Patch((range(35),)), content)) == (
        "<patched content of 35 bytes>"
    )


@pytest.mark.parametrize("read", [content_size, whole, lambda p: list(chunks(p))])
def test_absent_files(tmp_path, read):
    with pytest.raises(ReadError):
        read(tmp_path / "absent")


def test_a_mapped_file_that_changes_is_told(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(b"before")
    mapped = MappedFile(path)
    assert bytes(mapped.content) == b"before"
    mapped.check()
    with path.open("r+b") as stream:
        stream.write(b"middle")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ReadError, match="changed while it was being read"):
        mapped.check()


def test_another_file_with_the_name_of_a_mapped_one_changes_nothing(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(b"before")
    mapped = MappedFile(path)
    path.unlink()
    path.write_bytes(b"after")
    mapped.check()
    assert bytes(mapped.content) == b"before"


def test_a_file_that_became_empty_is_told(tmp_path):
    path = tmp_path / "large.bin"
    path.touch()
    with pytest.raises(ReadError):
        MappedFile(path)
