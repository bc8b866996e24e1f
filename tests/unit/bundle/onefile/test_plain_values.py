"""What is read of an index: plain values, and nothing that a file makes up."""

from __future__ import annotations

import marshal
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.bundle.onefile.plain_values import read_plain

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(values)
def test_what_marshal_writes(value):
    assert read_plain(marshal.dumps(value, 2)) == value


@pytest.mark.parametrize(
    "value",
    [1.5, 2**40, [1], {1, 2}, {1: 2}, compile("1", "x", "eval"), ...],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value):
    with pytest.raises(ValueError, match=r"at byte|no text"):
        read_plain(marshal.dumps(value, 2))


def test_sizes_are_not_believed():
    for kind in (b"s", b"u", b"(", b"{s"):
        for size in (2**31 - 1, -1):
            written = kind + size.to_bytes(4, "little", signed=True)
            with pytest.raises(ValueError, match=r"it ends at byte|negative"):
                read_plain(written)
    with pytest.raises(ValueError, match="nested without end"):
        read_plain(b"(\1\0\0\0" * 100_000)


def test_any_change_is_a_value_or_refused():
    written = marshal.dumps(({"a": b"x" * 9, "b": (1, None)}, {}, "text"), 2)
    chance = random.Random(1)
    for _ in range(3000):
        changed = bytearray(written)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        cut = bytes(changed[: chance.randint(0, len(changed))])
        try:
            read_plain(cut)
        except ValueError:
            continue
