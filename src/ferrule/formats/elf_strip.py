"""Removes from an ELF file what no loader reads: symbols, debug information.

Sections of the loaded image stay where they are, and so do their headers; what
comes behind them in the file goes. Source: gABI, "Sections".
"""

from __future__ import annotations

from typing import Any

from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf_image import ElfImage
from ferrule.formats.patch import Patch
from ferrule.formats.view import Source, open_view

__all__ = ["strip_elf"]

_ALLOC, _INFO_LINK = 0x2, 0x40
_NOBITS, _STRTAB = 8, 3
_NAME, _TYPE, _FLAGS, _OFFSET, _SIZE, _LINK, _INFO = 0, 1, 2, 4, 5, 6, 7
_TABLE = ".shstrtab"


def strip_elf(source: Source, name: str = "") -> Patch:
    """Return how a program or library becomes smaller.

    Nothing changes in files without section headers, in those whose sections are
    in an unusual order, and in those with something behind all sections. `name`
    is what errors call the file. Raises `ReadError` and `BrokenElfError`.
    """
    view = open_view(source, name, BrokenElfError)
    image = ElfImage(view)
    whole = Patch((range(len(view.data)),))
    rows = _rows(image)
    kept = [number for number, row in enumerate(rows) if number == 0 or _stays(row)]
    if len(kept) < 2 or kept != list(range(len(kept))) or len(kept) == len(rows):
        return whole
    end = max(
        *(_end(rows[number]) for number in kept),
        *(item.offset + item.file_size for item in image.segments),
    )
    last = max(*map(_end, rows), image.section_table + len(rows) * _size(image))
    if len(view.data) > last or end > len(view.data):
        return whole
    tail = _tail(image, [list(rows[number]) for number in kept], end)
    return Patch.of_writes(end, _header(image, end + len(tail), len(kept) + 1), tail)


def _rows(image: ElfImage) -> list[tuple[Any, ...]]:
    layout = "2I4Q2I2Q" if image.is_64 else "10I"
    if not image.section_count or image.section_entry_size != _size(image):
        return []
    what = "the section headers"
    table = image.view.table(layout, image.section_table, image.section_count, what)
    return list(table)


def _size(image: ElfImage) -> int:
    return 64 if image.is_64 else 40


def _stays(row: tuple[Any, ...]) -> bool:
    return bool(row[_FLAGS] & _ALLOC)


def _end(row: Any) -> int:
    return int(row[_OFFSET] + (0 if row[_TYPE] in (0, _NOBITS) else row[_SIZE]))


def _tail(image: ElfImage, rows: list[list[int]], end: int) -> bytes:
    """Return names and headers of the sections, as they follow the loaded image."""
    view, layout = image.view, "2I4Q2I2Q" if image.is_64 else "10I"
    named = list(image.sections())
    names = bytearray(b"\0")
    for row, section in zip(rows[1:], named):
        row[_NAME] = len(names)
        names += section.name.encode("utf-8", "surrogateescape") + b"\0"
        if row[_LINK] >= len(rows):
            row[_LINK] = 0
        if row[_FLAGS] & _INFO_LINK and row[_INFO] >= len(rows):
            row[_INFO] = 0
    own = len(names)
    names += _TABLE.encode() + b"\0"
    table = [own, _STRTAB, 0, 0, end, len(names), 0, 0, 1, 0]
    padding = -(end + len(names)) % 8
    headers = b"".join(view.pack(layout, *row) for row in [*rows, table])
    return bytes(names) + b"\0" * padding + headers


def _header(image: ElfImage, size: int, count: int) -> dict[int, bytes]:
    """Return what the file's header says about the sections.

    `size` is that of the new file, at whose end their headers are.
    """
    view, start = image.view, size - count * _size(image)
    places = ("Q", 40, 60) if image.is_64 else ("I", 32, 48)
    return {
        places[1]: view.pack(places[0], start),
        places[2]: view.pack("2H", count, count - 1),
    }
