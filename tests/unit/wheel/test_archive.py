from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule.errors.files import ReadError
from ferrule.wheel import archive as archive_module
from ferrule.wheel import content as content_module
from ferrule.wheel import deflate as deflate_module
from ferrule.wheel.archive import (
    ArchiveWriter,
    digest_content,
    directory_bytes,
    dos_time,
)
from ferrule.wheel.deflate import find_compression

PART = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"),
    min_size=1,
    max_size=12,
).filter(lambda part: part not in (".", ".."))
NAME = st.lists(PART, min_size=1, max_size=3).map("/".join)


def write(files, *, time=None):
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, dos_time(time))
    for name, content in files.items():
        writer.add(name, content, mode=0o644)
    writer.close()
    return stream


@settings(deadline=None)
@given(st.dictionaries(NAME, st.binary(max_size=300), max_size=6))
def test_zipfile_reads_everything_back(files):
    with zipfile.ZipFile(write(files)) as found:
        assert found.testzip() is None
        assert found.namelist() == list(files)
        assert {name: found.read(name) for name in files} == files
        for info in found.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr >> 16 == 0o100644
            assert info.create_system == 3
            assert (info.extra, info.comment) == (b"", b"")


def test_small_or_random_content_is_stored():
    files = {"empty": b"", "tiny": b"ab", "random": os.urandom(5000), "text": b"a" * 99}
    with zipfile.ZipFile(write(files)) as found:
        methods = {info.filename: info.compress_type for info in found.infolist()}
    assert methods == {"empty": 0, "tiny": 0, "random": 0, "text": 8}


def test_files_of_several_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(content_module, "CHUNK_BYTES", 1000)
    plain, noise = tmp_path / "plain", tmp_path / "noise"
    plain.write_bytes(b"".join(b"%d" % number for number in range(5000)))
    noise.write_bytes(os.urandom(4500))
    with zipfile.ZipFile(write({"plain": plain, "noise": noise})) as found:
        assert found.read("plain") == plain.read_bytes()
        assert found.read("noise") == noise.read_bytes()
        assert found.testzip() is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (None, (1980, 1, 1, 0, 0, 0)),
        (0, (1980, 1, 1, 0, 0, 0)),
        (1_600_000_001, (2020, 9, 13, 12, 26, 40)),
        (1 << 40, (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_time_stamps(moment, expected):
    with zipfile.ZipFile(write({"a": b"x"}, time=moment)) as found:
        assert found.infolist()[0].date_time == expected


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(NAME, st.binary(max_size=60), min_size=1, max_size=6))
def test_large_archives_use_zip64(monkeypatch, files):
    # The limits are lowered: real ones would need files of 4 GiB.
    with monkeypatch.context() as patch:
        patch.setattr(archive_module, "ZIP64_SIZE", 30)
        patch.setattr(archive_module, "ZIP64_COUNT", 2)
        stream = write(files)
    with zipfile.ZipFile(stream) as found:
        assert {name: found.read(name) for name in files} == files


def test_more_entries_than_the_old_format_can_count():
    stream = io.BytesIO()
    writer = ArchiveWriter(stream, dos_time(None))
    writer.add("a", b"", mode=0o644)
    # One entry many times: what counts is the number in the records at the end.
    stream.write(directory_bytes(writer.entries * 65540, stream.tell()))
    with zipfile.ZipFile(stream) as found:
        assert found.namelist() == ["a"] * 65540


def test_a_missing_file():
    with pytest.raises(ReadError, match=r"cannot read .*gone"):
        write({"gone": Path("/nowhere/gone")})
    with pytest.raises(ReadError, match=r"cannot read .*gone"):
        digest_content(Path("/nowhere/gone"))


def test_a_large_file_is_packed_from_its_pages(tmp_path, monkeypatch):
    pytest.importorskip("deflate")
    monkeypatch.setattr(deflate_module, "MAPPED_BYTES", 1000)
    path = tmp_path / "large"
    path.write_bytes(b"".join(b"%d" % number for number in range(9000)))
    random = tmp_path / "random"
    random.write_bytes(os.urandom(5000))
    for source in (path, random):
        apart, mapped = io.BytesIO(), io.BytesIO()
        for stream, content in ((apart, source.read_bytes()), (mapped, source)):
            writer = ArchiveWriter(stream, dos_time(None), find_compression())
            digest = writer.add("x", content, mode=0o644)
            writer.close()
            assert digest == digest_content(source)
        assert mapped.getvalue() == apart.getvalue()


def test_a_large_file_that_changes_meanwhile_is_told(tmp_path, monkeypatch):
    pytest.importorskip("deflate")
    monkeypatch.setattr(deflate_module, "MAPPED_BYTES", 1000)
    path = tmp_path / "large"
    path.write_bytes(bytes(9000))

    class Stream(io.BytesIO):
        def write(self, content):
            with path.open("r+b") as file:
                file.write(b"changed")
            os.utime(path, ns=(1, 1))
            return super().write(content)

    writer = ArchiveWriter(Stream(), dos_time(None), find_compression())
    with pytest.raises(ReadError, match="changed while it was being read"):
        writer.add("x", path, mode=0o644)
