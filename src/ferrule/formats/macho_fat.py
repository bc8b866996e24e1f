"""Writing fat Mach-O files: what `lipo -create` does (Apple's `mach-o/fat.h`)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ferrule.errors.formats import BrokenMachOError
from ferrule.formats.macho_image import MachImage, is_macho, slices
from ferrule.formats.view import open_view, source_name

if TYPE_CHECKING:
    from ferrule.formats.view import Source, View

__all__ = ["join_slices", "split_slices"]

_MAGIC, _MAGIC_64 = 0xCAFEBABE, 0xCAFEBABF
_SUBTYPE_MASK: Final = 0x00FFFFFF
_X86, _X86_64 = 7, 0x01000007
_PAGE, _SMALL_PAGE = 14, 12
"""Exponents: Apple's processors map pages of 16 KiB, Intel's of 4 KiB."""
_MOST: Final = 15
_LIMIT: Final = 2**32


@dataclass(frozen=True)
class _Part:
    cpu_type: int
    cpu_subtype: int
    align: int
    content: bytes


def join_slices(sources: Sequence[Source]) -> bytes:
    """Return one fat file of the slices of several files.

    Slices lie in the order of their alignment, as `lipo` puts them, so that the
    order of the files does not matter. Raises `BrokenMachOError` where a file is
    no Mach-O, or where two slices are for one processor, and `ReadError`.
    """
    parts: dict[tuple[int, int], _Part] = {}
    for source in sources:
        for part in _parts(_view(source)):
            key = (part.cpu_type, part.cpu_subtype & _SUBTYPE_MASK)
            if key in parts:
                raise BrokenMachOError(
                    source_name(source, ""),
                    "another file is for the same processor already",
                )
            parts[key] = part
    order = sorted(
        parts.values(), key=lambda part: (part.align, part.cpu_type, part.cpu_subtype)
    )
    return _layout(order)


def split_slices(source: Source) -> dict[tuple[int, int], bytes]:
    """Return the slices of a file by CPU type and subtype, in the file's order.

    Raises `BrokenMachOError` and `ReadError`.
    """
    view = _view(source)
    return {(part.cpu_type, part.cpu_subtype): part.content for part in _parts(view)}


def _view(source: Source) -> View:
    return open_view(source, source_name(source, ""), BrokenMachOError)


def _parts(view: View) -> list[_Part]:
    table = slices(view)
    if table is None:
        content = bytes(view.slice_at(0, view.size, "the file"))
        image = MachImage(view)
        align = _alignment(image.cpu_type, image)
        return [_Part(image.cpu_type, image.cpu_subtype, align, content)]
    found = []
    for item in table:
        content = bytes(view.slice_at(item.offset, item.size, "a slice"))
        if not is_macho(content[:8]):
            raise view.broken("a slice does not begin with a signature of Mach-O")
        align = max(item.align, _alignment(item.cpu_type))
        found.append(_Part(item.cpu_type, item.cpu_subtype, align, content))
    return found


def _alignment(cpu_type: int, image: MachImage | None = None) -> int:
    """Return the exponent of a slice's alignment, as Apple's `lipo` guesses it.

    That is the alignment of all segments in memory, at least a page.
    """
    page = _SMALL_PAGE if cpu_type in (_X86, _X86_64) else _PAGE
    addresses = [item.address for item in image.segments()] if image else []
    exponents = [(place & -place).bit_length() - 1 for place in addresses if place]
    return max(page, min([*exponents, _MOST])) if exponents else page


def _layout(parts: Sequence[_Part]) -> bytes:
    total = sum(len(part.content) + (1 << part.align) for part in parts)
    is_wide = total + 4096 >= _LIMIT
    layout = ">2I2Q2I" if is_wide else ">5I"
    head = struct.pack(">2I", _MAGIC_64 if is_wide else _MAGIC, len(parts))
    position = len(head) + len(parts) * struct.calcsize(layout)
    rows, places = [], []
    for part in parts:
        position = _aligned(position, part.align)
        row = (part.cpu_type, part.cpu_subtype, position, len(part.content), part.align)
        rows.append(struct.pack(layout, *row, *((0,) if is_wide else ())))
        places.append(position)
        position += len(part.content)
    written = bytearray(head + b"".join(rows))
    for place, part in zip(places, parts):
        written += bytes(place - len(written)) + part.content
    return bytes(written)


def _aligned(position: int, exponent: int) -> int:
    size = 1 << exponent
    return (position + size - 1) // size * size
