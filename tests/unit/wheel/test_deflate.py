from __future__ import annotations

import io
import sys
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule.errors.wheel import CompressorMissingError
from ferrule.wheel import deflate as deflate_module
from ferrule.wheel.archive import Addition, ArchiveWriter, dos_time
from ferrule.wheel.deflate import Compression, find_compression, pack

CONTENT = st.one_of(
    st.binary(max_size=3000),
    st.tuples(st.binary(min_size=1, max_size=9), st.integers(1, 900)).map(
        lambda pair: pair[0] * pair[1]
    ),
)


def libraries():
    try:
        import deflate  # noqa: F401
    except ImportError:
        return ["zlib", "store"]
    return ["libdeflate", "zlib", "store"]


def written(contents, compression):
    stream = io.BytesIO()
    archive = ArchiveWriter(stream, dos_time(None), compression)
    items = [
        Addition(f"m{number}", content, 0o644)
        for number, content in enumerate(contents)
    ]
    archive.write(items)
    archive.close()
    return stream.getvalue()


@pytest.fixture
def small_limits(monkeypatch):
    """Make blocks, dictionaries and what goes to threads tiny."""
    monkeypatch.setattr(deflate_module, "BLOCK_BYTES", 500)
    monkeypatch.setattr(deflate_module, "WINDOW_BYTES", 2000)
    monkeypatch.setattr(deflate_module, "_DICTIONARY_BYTES", 64)
    monkeypatch.setattr(deflate_module, "_INLINE_BYTES", 100)


@pytest.mark.parametrize("library", libraries())
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(contents=st.lists(CONTENT, max_size=6))
def test_any_content_is_read_back_and_equal_each_time(library, contents, small_limits):
    compression = Compression(library, 6)
    data = written(contents, compression)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [archive.read(f"m{n}") for n in range(len(contents))] == contents
        assert all(i.compress_size <= i.file_size for i in archive.infolist())
    assert written(contents, compression) == data


@pytest.mark.parametrize("library", libraries())
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(contents=st.lists(CONTENT, max_size=6))
def test_threads_change_nothing(library, contents, small_limits):
    compression = Compression(library, 1)
    parallel = written(contents, compression)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deflate_module, "_INLINE_BYTES", sys.maxsize)
        serial = written(contents, compression)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deflate_module, "_processor_count", lambda: 9)
        many = written(contents, compression)
    assert serial == parallel == many


def test_blocks_of_one_file_are_one_stream(small_limits):
    content = bytes(range(60)) * 85
    blocks = list(pack([content], Compression()))
    assert [block.is_last for block in blocks] == [False] * 10 + [True]
    assert [block.is_first for block in blocks] == [True] + [False] * 10
    stream = b"".join(bytes(block.packed) for block in blocks)
    reader = zlib.decompressobj(-15)
    assert reader.decompress(stream) == content
    assert reader.eof
    assert reader.unused_data == b""
    # The dictionary saves what an independent block would repeat.
    apart = [zlib.compressobj(6, zlib.DEFLATED, -15) for _ in blocks]
    alone = [
        packer.compress(block.content) + packer.flush(zlib.Z_SYNC_FLUSH)
        for packer, block in zip(apart, blocks)
    ]
    assert len(stream) < sum(map(len, alone)) / 2


@pytest.mark.parametrize(
    ("library", "level", "label"),
    [
        ("zlib", "fast", "zlib 1"),
        ("zlib", "default", "zlib 6"),
        ("zlib", "max", "zlib 9"),
        ("store", "max", "stored"),
    ],
)
def test_names(library, level, label, monkeypatch):
    monkeypatch.setattr(zlib, "ZLIB_RUNTIME_VERSION", "1.3.1")
    assert str(find_compression(library, level)) == label
    monkeypatch.setattr(zlib, "ZLIB_RUNTIME_VERSION", "1.3.1.zlib-ng")
    assert str(find_compression(library, level)) == label.replace("zlib", "zlib-ng")


def test_without_libdeflate(monkeypatch):
    monkeypatch.setitem(sys.modules, "deflate", None)
    assert find_compression() == Compression("zlib", 6)
    with pytest.raises(CompressorMissingError) as caught:
        find_compression("libdeflate")
    assert "pip install ferrule[fast]" in str(caught.value)
    assert 'compression = "libdeflate"' in str(caught.value)


def test_libdeflate(monkeypatch):
    pytest.importorskip("deflate")
    assert find_compression() == Compression("libdeflate", 5)
    assert str(find_compression("libdeflate", "max")) == "libdeflate 12"
    content = b"".join(b"%d" % number for number in range(30_000))
    sizes = [len(written([content], Compression("libdeflate", n))) for n in (1, 6, 12)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] < len(written([content], Compression("zlib", 6)))
    # Too large for one piece of memory: zlib, in blocks.
    monkeypatch.setattr(deflate_module, "WHOLE_BYTES", 1000)
    (limited,) = {written([content], Compression("libdeflate", n)) for n in (9, 12)}
    assert limited == written([content], Compression("zlib", 9))


def test_a_failure_in_a_thread_is_raised(monkeypatch, small_limits):
    def fail(self):
        raise MemoryError("no room")

    monkeypatch.setattr(deflate_module._Task, "_compress", fail)
    with pytest.raises(MemoryError, match="no room"):
        written([b"a" * 5000], Compression())
