"""The functions of a binary with their sizes, where it was not stripped.

ELF states the sizes (gABI, "Symbol Table"). Mach-O does not: a function ends
where the next symbol of its section begins. PE files keep theirs in PDB files,
which no wheel holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.formats import macho_image as macho_layout
from ferrule.formats.elf_image import SHT_SYMTAB

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.macho import MachOFile
    from ferrule.formats.pe import PeFile
    from ferrule.formats.view import View

__all__ = ["function_sizes"]

_FUNCTION = 2
_N_STAB, _N_TYPE, _N_SECT = 0xE0, 0x0E, 0x0E


def function_sizes(image: ElfFile | MachOFile | PeFile) -> Iterator[tuple[str, int]]:
    """Yield name and size in bytes of each function; aliases count once.

    Nothing is yielded for a stripped file. Raises a `BrokenBinaryError`.
    """
    if image.format == "elf":
        yield from _elf_functions(image)
    elif image.format == "macho":
        yield from _macho_functions(image)


def _elf_functions(image: ElfFile) -> Iterator[tuple[str, int]]:
    view, wide, what = image.image.view, image.bits == 64, "the symbol table"
    header = "2I4Q2I2Q" if wide else "10I"
    sections = list(
        view.table(
            header, image.image.section_table, image.image.section_count, "the sections"
        )
    )
    for section in sections:
        if section[1] != SHT_SYMTAB or section[6] >= len(sections):
            continue
        strings = sections[section[6]]
        names = view.bytes_at(strings[4], strings[5], "the names of symbols")
        layout, size = ("IBBHQQ", 24) if wide else ("IIIBBH", 16)
        seen = set()
        for row in view.table(layout, section[4], section[5] // size, what):
            if wide:
                name, info, _, place, address, length = row
            else:
                name, address, length, info, _, place = row
            if info & 15 != _FUNCTION or not length or not place or address in seen:
                continue
            seen.add(address)
            yield _text(names, name, view), length


def _text(names: bytes, start: int, view: View) -> str:
    end = names.find(b"\0", start)
    if end < 0:
        raise view.broken("a symbol's name lies outside of its table")
    view.spend(end - start)
    return names[start:end].decode("utf-8", "backslashreplace")


def _macho_functions(image: MachOFile) -> Iterator[tuple[str, int]]:
    command = image.image.find(macho_layout.LC_SYMTAB)
    if command is None:
        return
    view, what = image.image.view, "the symbol table"
    start, count, strings, size = image.image.fields(command, "4I")
    layout = "I2BHQ" if image.bits == 64 else "I2BHI"
    sections = image.sections
    code = [
        (number, item.address, item.address + item.size)
        for number, item in enumerate(sections, 1)
        if item.name == "__text"
    ]
    if not code:
        return
    number, first, end = code[0]
    names = view.bytes_at(strings, size, "the names of symbols")
    places: dict[int, int] = {}
    for name, kind, section, _, address in view.table(layout, start, count, what):
        is_defined = not kind & _N_STAB and kind & _N_TYPE == _N_SECT
        if is_defined and section == number and first <= address < end:
            places.setdefault(address, name)
    ordered = sorted(places)
    for address, following in zip(ordered, [*ordered[1:], end]):
        yield _text(names, places[address], view), following - address
