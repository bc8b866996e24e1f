"""Removes a needed library from an ELF file, in place.

Every edit of a module in development comes through here, so it imports little and
looks at few pages of the file; `ferrule.formats.elf_edit` does what else can be done
to names. Source: gABI, "Dynamic Section"; the version table as in the Linux Standard
Base, "Symbol Versioning".
"""

from __future__ import annotations

import struct

from ferrule.errors.formats import BrokenElfError, NeededRemovalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    Data = bytes | mmap

__all__ = ["without_needed"]

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB = 0, 1, 5
_DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF


def without_needed(data: Data, soname_prefix: str, name: str = "") -> dict[int, bytes]:
    """Return what to write where, so that no needed library's name begins so.

    Returns nothing where there is none. Raises `BrokenElfError`, and
    `NeededRemovalError` when symbol versions of that library are asked for: the
    loader would insist on the library then.
    """
    try:
        return _find_writes(data, soname_prefix.encode())
    except (IndexError, OverflowError, ValueError, struct.error) as error:
        raise BrokenElfError(name, f"a table lies outside of the file: {error}") from (
            error
        )


def _find_writes(data: Data, prefix: bytes) -> dict[int, bytes]:
    if data[:4] != b"\x7fELF":
        message = "it does not begin like one"
        raise ValueError(message)
    order = {1: "<", 2: ">"}.get(data[5], "<")
    pair = struct.Struct(order + ("qQ" if data[4] == 2 else "iI"))
    segments = list(_read_segments(data, order, is_64=data[4] == 2))
    dynamic = next((item for item in segments if item[0] == _PT_DYNAMIC), None)
    if dynamic is None:
        return {}
    _, offset, _, size = dynamic
    entries = []
    for place in range(offset, offset + size - pair.size + 1, pair.size):
        entries.append(pair.unpack_from(data, place))
        if entries[-1][0] == _DT_NULL:
            break
    tags = dict(entries)
    strings = _offset_of(tags.get(_DT_STRTAB, 0), segments)
    removed = {
        entry: text
        for entry in entries
        if entry[0] == _DT_NEEDED
        and (text := _text(data, strings + entry[1])).startswith(prefix)
    }
    if not removed:
        return {}
    if _DT_VERNEED in tags:
        place = _offset_of(tags[_DT_VERNEED], segments)
        for asked in _versioned(data, order, place, tags.get(_DT_VERNEEDNUM, 0)):
            if (text := _text(data, strings + asked)) in removed.values():
                raise NeededRemovalError(text.decode("utf-8", "replace"))
    kept = [pair.pack(*entry) for entry in entries if entry not in removed]
    return {offset: b"".join(kept).ljust(len(entries) * pair.size, b"\0")}


def _read_segments(
    data: Data, order: str, *, is_64: bool
) -> Iterator[tuple[int, int, int, int]]:
    """Yield kind, offset, address and size in the file of each segment."""
    if is_64:
        start, (step, count) = 32, struct.unpack_from(order + "2H", data, 54)
        fields = struct.Struct(order + "I4x2Q8xQ")
    else:
        start, (step, count) = 28, struct.unpack_from(order + "2H", data, 42)
        fields = struct.Struct(order + "3I4xI")
    (table,) = struct.unpack_from(order + ("Q" if is_64 else "I"), data, start)
    for number in range(count):
        yield fields.unpack_from(data, table + number * step)


def _offset_of(address: int, segments: list[tuple[int, int, int, int]]) -> int:
    for kind, offset, start, size in segments:
        if kind == _PT_LOAD and start <= address < start + size:
            return offset + address - start
    message = "an address lies in no segment"
    raise ValueError(message)


def _text(data: Data, start: int) -> bytes:
    end = data.find(b"\0", start)
    if not 0 <= start <= end:
        message = "a name has no end"
        raise ValueError(message)
    return data[start:end]


def _versioned(data: Data, order: str, place: int, count: int) -> Iterator[int]:
    """Yield where in the string table the libraries of a version table are named."""
    fields = struct.Struct(order + "4xI4xI")
    for _ in range(count):
        text, step = fields.unpack_from(data, place)
        yield text
        if not step:
            return
        place += step
