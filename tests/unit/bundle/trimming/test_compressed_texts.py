"""Texts that Cython compresses, found among other data."""

from __future__ import annotations

import base64
import bz2
import random
import zlib

import pytest

from ferrule.bundle.trimming.compressed_texts import compressed_texts
from ferrule.bundle.trimming.natives import named_modules

TEXT = (
    b"".join(
        b"number %d is no number of the package\n" % number
        for number in (1, 22, 333, 4444, 55555, 1, 22, 333)
    )
    + b"cmathasyncio.taskscollections.abc"
    + bytes(range(97, 123)) * 3
    + b"numpy._core"
)
BLOCK = base64.b85decode(
    # What Cython 3.3.1 makes of TEXT.
    "|88|{Vr6n5F@GRwb0BVSAP5BiZ)PBLXk{R9e_>;5VP|Cu9t68GG6EqpGcze6H1{+#G*KZnH8nN)HF_af"
    "Xk%?*bZGx!b9ruKX>Tt7bYXLAb7OC8|7>MrbZKvHbMG!;Vq*XRWMyXmXJ~0^Yiw<9|8H<{a&vTbc8_;>"
    "d3pdB8W*8JaDRC&Ut@1_Wd"
)
MARK = b"LZSS string data decompression failed\0__pyx_capi__\0"
NOISE = random.Random(1).randbytes(3000)


@pytest.mark.parametrize(
    "block",
    [BLOCK, zlib.compress(TEXT, 9), bz2.compress(TEXT)],
    ids=["lzss", "zlib", "bzip2"],
)
def test_a_block_among_other_data(block) -> None:
    data = NOISE + b"\0x\x9c not this\0" + block + b"\0\0" + NOISE + MARK
    assert TEXT in compressed_texts(data, data)


def test_the_own_format_is_looked_for_where_it_can_be() -> None:
    assert compressed_texts(BLOCK + b"\0\0\0\0", b"another module") == b""


def test_modules_are_named_in_it() -> None:
    data = b"\0__pyx_capi__\0" + BLOCK + b"\0\0\0\0" + MARK
    known = {"cmath", "asyncio.tasks", "statistics"}
    assert named_modules(data, known, "pkg") == {"cmath", "asyncio.tasks"}


@pytest.mark.parametrize("size", [0, 1, 3, 40, 140])
def test_what_is_cut_short_is_no_failure(size) -> None:
    compressed_texts(BLOCK[:size], MARK)
