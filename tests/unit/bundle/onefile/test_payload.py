"""The format behind a single file: what is written is read, what changed is refused."""

from __future__ import annotations

import marshal
import random
from hashlib import sha256
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.bundle.onefile.payload import (
    MAGIC,
    TRAILER,
    TRAILER_BYTES,
    ModuleMember,
    Payload,
    PayloadFacts,
)
from ferrule.bundle.onefile.stored import StoredPayload, read_payload
from ferrule.errors.bundle import PayloadError

PROGRAM = b"\x7fELF the program"
FACTS = PayloadFacts(("lib/python3.13",), "memory")


def made(**given) -> bytes:
    payload = Payload(FACTS, **{"modules": {}, **given})
    return PROGRAM + b"".join(payload.chunks())


def stored(**given) -> StoredPayload:
    return read_payload(made(**given), "app")


def test_what_is_written_is_read():
    module = ModuleMember("package", "lib/python3.13/pkg/__init__.pyc", b"code")
    empty = ModuleMember("namespace", "lib/python3.13/space")
    payload = stored(
        modules={"pkg": module, "space": empty},
        libraries={"lib/libx.so": b"library"},
        needs={"lib/liby.so": ("lib/libx.so",)},
        files={"lib/data.txt": b"text", "lib/empty": b""},
    )
    assert payload.start == len(PROGRAM)
    assert payload.facts["policy"] == "memory"
    assert payload.facts["roots"] == ("lib/python3.13",)
    assert payload.read(payload.modules["pkg"]) == b"code"
    assert payload.modules["pkg"][56:] == b"plib/python3.13/pkg/__init__.pyc"
    assert payload.modules["space"] == bytes(56) + b"nlib/python3.13/space"
    assert payload.read(payload.libraries["lib/libx.so"]) == b"library"
    assert payload.needs == {"lib/liby.so": ("lib/libx.so",)}
    assert payload.read(payload.files["lib/data.txt"]) == b"text"
    assert payload.read(payload.files["lib/empty"]) == b""


names = st.text("abc._/é", min_size=1, max_size=8)
contents = st.binary(max_size=300)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(names, contents, max_size=6),
    st.dictionaries(names, contents, max_size=6),
    st.booleans(),
)
def test_any_content_comes_back(libraries, files, compress):
    payload = stored(libraries=libraries, files=files, compress=compress)
    assert {k: payload.read(v) for k, v in payload.libraries.items()} == libraries
    assert {k: payload.read(v) for k, v in payload.files.items()} == files


@pytest.mark.parametrize("compress", [False, True])
def test_libraries_have_a_checksum_where_they_lie_as_they_are(compress):
    small, large = b"\x00\x7fELF", b"text" * 1000
    module = ModuleMember("extension", "lib/mod.so", large + b"x")
    payload = stored(
        libraries={"a.so": small, "b.so": large},
        modules={"mod": module},
        files={"c.txt": small},
        start={"libpython.so": large},
        compress=compress,
    )
    kept = {"a.so": small}
    if not compress:
        kept.update({"b.so": large, "lib/mod.so": module.content})
    wanted = {path: crc32(kept[path]).to_bytes(8, "little") for path in kept}
    assert payload.facts["sums"] == wanted


def test_who_wants_every_digest_compared_gets_no_checksums():
    facts = PayloadFacts(("lib",), paranoid=True)
    made = Payload(facts, {}, {"a.so": b"library"}, start={"libpython.so": b"python"})
    content = b"".join(made.chunks())
    assert read_payload(content, "app").facts["sums"] == {}
    behind = content[: -TRAILER_BYTES - 8]
    assert behind.endswith(sha256(b"python").digest() + b"\xff" * 8)


def test_equal_contents_are_stored_once():
    one = len(made(files={"a": b"x" * 1000}))
    two = len(made(files={"a": b"x" * 1000, "b": b"x" * 1000}))
    assert two - one < 200


def test_order_does_not_matter():
    items = [(f"f{number}", bytes([number]) * 9) for number in range(20)]
    first = made(files=dict(items), libraries=dict(items))
    random.Random(1).shuffle(items)
    assert made(files=dict(items), libraries=dict(items)) == first


def test_compression_spares_what_the_decompressor_needs():
    content = b"again and again " * 500
    modules = {
        "zlib": ModuleMember("extension", "zlib.so", content, is_plain=True),
        "other": ModuleMember("module", "other.pyc", content),
    }
    libraries = {"lib/libz.so": content, "lib/liba.so": content}
    payload = stored(
        modules=modules,
        libraries=libraries,
        plain=frozenset({"lib/libz.so"}),
        compress=True,
    )

    def is_plain(entry: bytes) -> bool:
        return entry[8:16] == entry[16:24]

    assert is_plain(payload.modules["zlib"])
    assert is_plain(payload.libraries["lib/libz.so"])
    assert not is_plain(payload.modules["other"])
    assert not is_plain(payload.libraries["lib/liba.so"])
    assert payload.read(payload.modules["other"]) == content


def test_what_does_not_shrink_is_stored_plainly():
    noise = random.Random(2).randbytes(5000)
    payload = stored(files={"noise": noise}, compress=True)
    assert payload.files["noise"][8:16] == payload.files["noise"][16:24]


def test_any_changed_byte_is_refused():
    whole = made(
        modules={"m": ModuleMember("module", "m.pyc", b"code of m")},
        libraries={"l": b"library"},
        files={"f": b"file"},
    )
    # The eight bytes of zeros in the trailer mean nothing.
    unused = range(len(whole) - TRAILER_BYTES + 24, len(whole) - TRAILER_BYTES + 32)
    for place in range(len(PROGRAM), len(whole)):
        if place in unused:
            continue
        changed = bytearray(whole)
        changed[place] ^= 0x20
        with pytest.raises(PayloadError):
            read_payload(bytes(changed), "app")


def test_any_truncation_is_refused():
    whole = made(files={"f": b"file"})
    for size in range(len(whole)):
        with pytest.raises(PayloadError):
            read_payload(whole[:size], "app")


def test_the_error_tells_what_is_wrong():
    with pytest.raises(PayloadError) as caught:
        read_payload(PROGRAM * 9, "dist/app")
    assert "dist/app is damaged" in str(caught.value)
    assert "it does not end with a payload" in str(caught.value)
    whole = bytearray(made(files={"f": b"the content of f"}))
    whole[len(PROGRAM) + 3] ^= 1
    with pytest.raises(PayloadError) as caught:
        read_payload(bytes(whole), "app")
    assert "f has changed since it was built" in str(caught.value)


def test_the_index_is_readable_for_every_python():
    whole = made(files={"f": b"x"})
    payload = read_payload(whole, "app")
    index = whole[len(PROGRAM) + len(payload.members) : -TRAILER_BYTES]
    assert marshal.dumps(marshal.loads(index), 2) + bytes(8) == index


def sealed(program: bytes, index: bytes, members_size: int) -> bytes:
    """Return a program whose index anybody could have made up, with its digest."""
    digest = sha256(index).digest()
    trailer = TRAILER.pack(MAGIC, members_size, len(index), digest)
    return program + index + trailer


def test_an_index_that_somebody_made_up_is_a_payload_or_refused():
    module = ModuleMember("module", "m.pyc", b"code of m")
    whole = made(modules={"m": module}, files={"f": b"x" * 99}, compress=True)
    _, size, length, _ = TRAILER.unpack(whole[-TRAILER_BYTES:])
    start = len(whole) - TRAILER_BYTES - length
    chance = random.Random(3)
    for _ in range(2000):
        index = bytearray(whole[start:-TRAILER_BYTES])
        for _ in range(chance.randint(1, 3)):
            index[chance.randrange(len(index))] = chance.choice((0, 1, 127, 128, 255))
        try:
            read_payload(sealed(whole[:start], bytes(index), size), "app")
        except PayloadError:
            continue


def test_sizes_are_not_believed():
    whole = made(files={"f": b"x"})
    _, size, length, _ = TRAILER.unpack(whole[-TRAILER_BYTES:])
    start = len(whole) - TRAILER_BYTES - length
    for table in (1, 56, 2**40, 2**64 - 8):
        index = whole[start : -TRAILER_BYTES - 8] + table.to_bytes(8, "little")
        with pytest.raises(PayloadError, match="its index cannot be read"):
            read_payload(sealed(whole[:start], index, size), "app")


def test_a_member_is_never_larger_than_its_entry_says():
    payload = stored(files={"f": b"x" * 100_000}, compress=True)
    entry = payload.files["f"]
    lying = entry[:16] + (9).to_bytes(8, "little") + entry[24:]
    with pytest.raises(ValueError, match="has not the 9 bytes"):
        payload.read(lying)
