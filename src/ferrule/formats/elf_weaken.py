"""Makes symbols of a program weak: the loader then starts it without them.

A weak symbol that no library defines is zero instead of an error (gABI, "Symbol
Table"). The name, its hash and its version stay, so that a library which is
there is used as before.
"""

from __future__ import annotations

from collections.abc import Collection

from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf_image import DT_SYMTAB, ElfImage
from ferrule.formats.elf_symbols import STB_WEAK, count_symbols
from ferrule.formats.patch import Patch
from ferrule.formats.view import Source, decode, open_view

__all__ = ["weaken_symbols"]

_STB_GLOBAL = 1


def weaken_symbols(source: Source, names: Collection[str], name: str = "") -> Patch:
    """Return a patch after which the named dynamic symbols of a file are weak.

    `name` is what errors call the file. Raises `ReadError` and `BrokenElfError`.
    """
    image = ElfImage(open_view(source, name, BrokenElfError))
    view, count = image.view, count_symbols(image)
    writes: dict[int, bytes] = {}
    if count == 0:
        return Patch.of_writes(view.size, writes, b"")
    start = image.offset_of(image.tags[DT_SYMTAB], "the symbol table")
    layout, size, place = ("IB19x", 24, 4) if image.is_64 else ("I8xB3x", 16, 12)
    rows = view.table(layout, start, count, "the symbol table")
    strings = image.strings
    for number, (text, info) in enumerate(rows):
        if info >> 4 != _STB_GLOBAL:
            continue
        end = strings.find(b"\0", text)
        if end < 0:
            raise view.broken("a name lies outside of its table")
        view.spend(end - text)
        if decode(strings[text:end]) in names:
            weak = STB_WEAK << 4 | info & 15
            writes[start + number * size + place] = bytes([weak])
    return Patch.of_writes(view.size, writes, b"")
