"""Reads back what `payload.py` writes, and believes nothing of it unseen.

The file may have been cut, changed or made by anybody. Its index is read by a reader
of plain values, because `marshal` builds whatever a file asks for, and every offset,
size and digest is compared before something is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ferrule.bundle.onefile.payload import (
    ENTRY,
    ENTRY_BYTES,
    FORMAT,
    MAGIC,
    START_BYTES,
    TRAILER,
    TRAILER_BYTES,
)
from ferrule.bundle.onefile.plain_values import read_plain
from ferrule.errors.bundle import PayloadError

__all__ = ["StoredPayload", "ends_with_payload", "is_beside", "read_payload"]

_LARGEST_INDEX_BYTES: Final = 1 << 28
_KINDS = (b"m", b"p", b"n", b"x")


@dataclass(frozen=True, eq=False)
class StoredPayload:
    """A payload read back; every digest was compared."""

    start: int
    """Where it begins in the program: the size of the program itself."""
    facts: Mapping[str, Any]
    modules: Mapping[str, bytes]
    libraries: Mapping[str, bytes]
    needs: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]
    members: memoryview
    start_libraries: tuple[bytes, ...] = ()
    """Entries of the libraries that the program starts with."""

    def read(self, entry: bytes) -> bytes:
        """Return the content of an entry. Raises `ValueError` if it is not its size."""
        offset, stored, size, _ = ENTRY.unpack(entry[:ENTRY_BYTES])
        content = bytes(self.members[offset : offset + stored])
        return content if stored == size else _inflated(content, size)


def is_beside(entry: bytes) -> bool:
    """Return whether an entry is that of a library in the folder beside the program."""
    _, stored, size, _ = ENTRY.unpack(entry[:ENTRY_BYTES])
    return not stored and bool(size)


def ends_with_payload(path: Path) -> bool:
    """Return whether a file looks like a single file. Raises `OSError`."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if size < TRAILER_BYTES:
            return False
        stream.seek(size - TRAILER_BYTES)
        return stream.read(len(MAGIC)) == MAGIC


def read_payload(program: bytes | memoryview, name: str) -> StoredPayload:
    """Read the payload of a program and compare every digest in it.

    `name` is what errors call the program. Raises `PayloadError`.
    """
    try:
        return _read(program, name)
    except (ValueError, TypeError, KeyError) as error:
        problem = f"its index cannot be read: {error}"
        raise PayloadError(name, problem) from error


def _read(program: bytes | memoryview, name: str) -> StoredPayload:
    from hashlib import sha256

    trailer = program[-TRAILER_BYTES:]
    if len(trailer) < TRAILER_BYTES or trailer[: len(MAGIC)] != MAGIC:
        raise PayloadError(name, "it does not end with a payload")
    _, members_size, index_size, digest = TRAILER.unpack(trailer)
    start = len(program) - TRAILER_BYTES - index_size - members_size
    if start < 0:
        raise PayloadError(name, "it was cut short")
    view = memoryview(program)[start : len(program) - TRAILER_BYTES]
    members = view[:members_size]
    # An index has some 150 bytes per module: a damaged size is not worth the memory.
    if index_size > _LARGEST_INDEX_BYTES:
        raise PayloadError(name, f"its index cannot have {index_size} bytes")
    index = bytes(view[members_size:])
    if sha256(index).digest() != digest:
        raise PayloadError(name, "its index has changed since it was built")
    table_size = int.from_bytes(index[-8:], "little")
    if table_size % START_BYTES or table_size + 8 > len(index):
        raise ValueError(f"its last table has {table_size} bytes")
    tail = len(index) - 8 - table_size
    facts, modules, libraries, needs = read_plain(index[:tail])
    if facts["format"] != FORMAT:
        raise PayloadError(name, f"its format is {facts['format']}, not {FORMAT}")
    starting = tuple(
        index[place : place + ENTRY_BYTES]
        for place in range(tail, len(index) - 8, START_BYTES)
    )
    numbered = {f"start/{number}": entry for number, entry in enumerate(starting)}
    listing = facts["files"]
    _check_entries(members, modules, name, are_modules=True)
    for table in (libraries, numbered, {"list of files": listing}):
        _check_entries(members, table, name)
    _check_needs(needs)
    known = StoredPayload(start, facts, modules, libraries, needs, {}, members)
    files = read_plain(known.read(listing))
    _check_entries(members, files, name)
    return replace(known, files=files, start_libraries=starting)


def _check_entries(
    members: memoryview, table: Any, name: str, *, are_modules: bool = False
) -> None:
    """Raise `ValueError` for what is no entry, `PayloadError` for a wrong digest."""
    for label, entry in _items(table):
        if not isinstance(entry, bytes) or (len(entry) == ENTRY_BYTES) == are_modules:
            raise ValueError(f"the entry of {label!r} is none")
        if are_modules:
            if entry[ENTRY_BYTES : ENTRY_BYTES + 1] not in _KINDS:
                raise ValueError(f"{label!r} is an unknown kind of module")
            entry[ENTRY_BYTES + 1 :].decode()
        _check_entry(members, entry[:ENTRY_BYTES], label, name)


def _check_entry(members: memoryview, entry: bytes, label: str, name: str) -> None:
    from hashlib import sha256

    if len(entry) != ENTRY_BYTES:
        raise ValueError(f"the entry of {label!r} is too short")
    # A namespace has no content, and a library beside the program is not here.
    if not any(entry) or is_beside(entry):
        return
    offset, stored, _, digest = ENTRY.unpack(entry)
    content = members[offset : offset + stored]
    if len(content) != stored or sha256(content).digest() != digest:
        raise PayloadError(name, f"{label} has changed since it was built")


def _items(table: Any) -> Any:
    if not isinstance(table, dict):
        raise ValueError("a table of its index is none")  # noqa: TRY004
    return table.items()


def _check_needs(needs: Any) -> None:
    for path, wanted in _items(needs):
        if not isinstance(wanted, tuple) or not all(isinstance(x, str) for x in wanted):
            raise ValueError(f"{path!r} needs {wanted!r}")


def _inflated(content: bytes, size: int) -> bytes:
    import zlib

    reader = zlib.decompressobj()
    try:
        # One byte more would be seen; more than that never takes memory.
        inflated = reader.decompress(content, size + 1)
    except (zlib.error, OverflowError) as error:
        raise ValueError(f"a member cannot be decompressed: {error}") from error
    if len(inflated) != size:
        raise ValueError(f"a member has not the {size} bytes that it should have")
    return inflated
