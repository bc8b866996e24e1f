from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ferrule.formats.patch import Patch


def test_writes_and_tail():
    patch = Patch.of_writes(8, {4: b"XY", 0: b"A"}, b"tail")
    assert patch.apply(b"0123456789") == b"A123XY67tail"
    assert patch.size == 12


def test_unchanged_content_is_not_copied():
    content = b"0123456789"
    assert Patch.of_writes(10, {}, b"").apply(content) is content
    assert Patch.of_writes(4, {}, b"").apply(content) == b"0123"


@given(
    st.binary(max_size=50), st.dictionaries(st.integers(0, 49), st.binary(max_size=1))
)
def test_chunks_are_what_overwriting_gives(content, writes):
    writes = {
        place: new for place, new in writes.items() if place + len(new) <= len(content)
    }
    expected = bytearray(content)
    for place, new in writes.items():
        expected[place : place + len(new)] = new
    patch = Patch.of_writes(len(content), writes, b"!")
    assert b"".join(patch.chunks(content)) == bytes(expected) + b"!"
    assert patch.size == len(content) + 1
