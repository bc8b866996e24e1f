from __future__ import annotations

import zlib

import pytest

from ferrule.wheel import checksum
from ferrule.wheel.checksum import LARGE, compute_crc32


@pytest.mark.parametrize("has_libdeflate", [True, False])
@pytest.mark.parametrize("size", [0, 5, LARGE, 3 * LARGE])
def test_pieces_have_the_checksum_of_the_whole(size, has_libdeflate, monkeypatch):
    if has_libdeflate:
        pytest.importorskip("deflate")
    else:
        monkeypatch.setattr(checksum, "find_libdeflate", lambda: None)
    content = bytes(number % 251 for number in range(size))
    assert compute_crc32(content) == zlib.crc32(content)
    before = compute_crc32(b"before")
    assert compute_crc32(memoryview(content), before) == zlib.crc32(b"before" + content)
