"""What a Mach-O file imports and exports.

Source: Apple's `mach-o/loader.h`, `mach-o/nlist.h`, `mach-o/fixup-chains.h` and
the opcodes of dyld's bind information. C's leading underscore is removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ferrule.formats import macho_image as layout
from ferrule.formats.view import decode

if TYPE_CHECKING:
    from ferrule.formats.macho_image import MachImage

__all__ = ["MachSymbol", "exported_names", "imported_symbols"]

_N_EXT, _N_TYPE, _N_STAB, _N_PEXT, _N_WEAK_REF = 0x01, 0x0E, 0xE0, 0x10, 0x40
_BINDING = (0x90, 0xA0, 0xB0, 0xC0)
"""The opcodes that bind what others have described."""
_MAX_DEPTH = 1 << 14


class MachSymbol(NamedTuple):
    """A symbol that another library defines."""

    name: str
    ordinal: int
    """1 for the first library, and so on; 0 for the file itself, -1 for the main
    program, -2 for a search in all libraries, -3 for weak definitions."""
    is_weak: bool


def imported_symbols(image: MachImage) -> list[MachSymbol]:
    """Return the imports, from the newest of the tables that hold them."""
    command = image.find(layout.LC_DYLD_CHAINED_FIXUPS)
    if command is not None:
        return list(_chained_imports(image, *image.fields(command, "2I")))
    found = list(_undefined(image))
    if not found:
        return _all_bound(image)
    bound = {} if all(item.ordinal for item in found) else _places_bound(image)
    if not bound:
        return found
    # zig's table of symbols names no libraries, and symbols that nothing uses any
    # more; dyld looks at the bind information only.
    return [
        item._replace(ordinal=item.ordinal or bound[item.name])
        for item in found
        if item.ordinal or item.name in bound
    ]


def exported_names(image: MachImage) -> list[str]:
    """Return the exports, from the trie if there is one."""
    command = image.find(layout.LC_DYLD_EXPORTS_TRIE)
    if command is not None:
        return list(_trie_names(image, *image.fields(command, "2I")))
    command = image.find(layout.LC_DYLD_INFO_ONLY, layout.LC_DYLD_INFO)
    if command is not None:
        return list(_trie_names(image, *image.fields(command, "10I")[8:]))
    return list(_defined(image))


def _chained_imports(image: MachImage, start: int, size: int) -> Iterator[MachSymbol]:
    part = image.view.part(start, size, "the fixups", image.view.name)
    header = part.unpack("7I", 0, "the fixups")
    imports, symbols, count, form, packing = header[2:]
    if packing:
        raise part.broken("the names of its imports are compressed")
    if form not in (1, 2, 3):
        raise part.broken(f"its imports have the unknown format {form}")
    form_layout = {1: "I", 2: "I4x", 3: "Q8x"}[form]
    bits, flag = (8, 9) if form < 3 else (16, 32)
    mask = (1 << bits) - 1
    for (value,) in part.table(form_layout, imports, count, "the imports"):
        ordinal = value & mask
        if ordinal > mask - 15:
            ordinal -= mask + 1
        name = part.text_at(symbols + (value >> flag), part.size, "a name")
        yield MachSymbol(_plain(name), ordinal, bool(value >> bits & 1))


def _symbol_rows(image: MachImage, first: int, count: int) -> Iterator[tuple[int, ...]]:
    command = image.find(layout.LC_SYMTAB)
    if command is None:
        return iter(())
    start, total, _, _ = image.fields(command, "4I")
    if first > total or count < 0:
        raise image.view.broken("its symbol table is too short")
    count = min(count, total - first)
    form, size = ("I2BHQ", 16) if image.bits == 64 else ("I2BHI", 12)
    return image.view.table(form, start + first * size, count, "the symbol table")


def _symbol_range(image: MachImage, start: int) -> tuple[int, int]:
    """Return first and number of one of the three groups of symbols."""
    command = image.find(layout.LC_DYSYMTAB)
    if command is None:
        return 0, 1 << 32
    first, count = image.fields(command, "6I")[start : start + 2]
    return first, count


def _names(image: MachImage) -> tuple[int, int]:
    command = image.find(layout.LC_SYMTAB)
    if command is None:
        return 0, 0
    start, size = image.fields(command, "4I")[2:]
    return start, start + size


def _undefined(image: MachImage) -> Iterator[MachSymbol]:
    strings, end = _names(image)
    for name, kind, _, more, _ in _symbol_rows(image, *_symbol_range(image, 4)):
        if kind & _N_STAB or kind & _N_TYPE or not kind & _N_EXT:
            continue
        text = image.view.text_at(strings + name, end, "a symbol's name")
        ordinal = more >> 8
        if ordinal > 253:
            ordinal = ordinal - 256 if ordinal == 255 else -2
        yield MachSymbol(_plain(text), ordinal, bool(more & _N_WEAK_REF))


def _defined(image: MachImage) -> Iterator[str]:
    strings, end = _names(image)
    for name, kind, _, _, _ in _symbol_rows(image, *_symbol_range(image, 2)):
        hidden = kind & (_N_STAB | _N_PEXT)
        if not hidden and kind & _N_EXT and kind & _N_TYPE:
            yield _plain(image.view.text_at(strings + name, end, "a symbol's name"))


def _all_bound(image: MachImage) -> list[MachSymbol]:
    """Return the symbols of all bind information, each once."""
    command = image.find(layout.LC_DYLD_INFO_ONLY, layout.LC_DYLD_INFO)
    if command is None:
        return []
    places = image.fields(command, "10I")
    names: dict[MachSymbol, None] = {}
    for start in (2, 4, 6):
        names.update(dict.fromkeys(_bound(image, *places[start : start + 2])))
    return list(names)


def _places_bound(image: MachImage) -> dict[str, int]:
    return {item.name: item.ordinal for item in _all_bound(image)}


def _bound(image: MachImage, start: int, size: int) -> Iterator[MachSymbol]:
    """Yield the symbols that a program of bind opcodes names."""
    view = image.view
    code = view.bytes_at(start, size, "the bind information")
    reader, ordinal, name, is_weak = _Reader(image, code), 0, "", False
    arguments = {0x60: 1, 0x70: 1, 0x80: 1, 0xA0: 1, 0xC0: 2}
    while reader.position < len(code):
        byte = reader.byte()
        operation, value = byte & 0xF0, byte & 0x0F
        if operation == 0x10:
            ordinal = value
        elif operation == 0x20:
            ordinal = reader.number()
        elif operation == 0x30:
            ordinal = value - 16 if value else 0
        elif operation == 0x40:
            name, is_weak = _plain(decode(reader.text())), bool(value & 1)
        elif operation in _BINDING:
            # The library may be named after the symbol.
            yield MachSymbol(name, ordinal, is_weak)
        elif operation == 0xD0 and value == 0:
            reader.number()
        for _ in range(arguments.get(operation, 0)):
            reader.number()


def _trie_names(image: MachImage, start: int, size: int) -> Iterator[str]:
    """Yield the names in a trie of exports: edges carry the parts of names."""
    if not size:
        return
    view, reader = image.view, None
    reader = _Reader(image, view.bytes_at(start, size, "the exports"))
    stack, seen = [(0, b"")], {0}
    while stack:
        reader.position, prefix = stack.pop()
        length = reader.number()
        if length:
            view.spend(len(prefix))
            yield _plain(decode(prefix))
        reader.position += length
        children = []
        for _ in range(reader.byte()):
            name = prefix + reader.text()
            place = reader.number()
            if place in seen or len(name) > _MAX_DEPTH:
                raise view.broken("its exports form no tree")
            seen.add(place)
            children.append((place, name))
        stack += reversed(children)


class _Reader:
    """Reads numbers and texts of variable length, one after the other."""

    def __init__(self, image: MachImage, content: bytes) -> None:
        self._view = image.view
        self._content = content
        self.position = 0

    def byte(self) -> int:
        if self.position >= len(self._content):
            raise self._view.broken("its link information ends too early")
        self.position += 1
        return self._content[self.position - 1]

    def number(self) -> int:
        """Return a ULEB128 number."""
        value = shift = 0
        while shift < 70:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
        raise self._view.broken("a number in its link information is too large")

    def text(self) -> bytes:
        end = self._content.find(b"\0", self.position)
        if end < 0:
            raise self._view.broken("its link information ends too early")
        start, self.position = self.position, end + 1
        return self._content[start:end]


def _plain(name: str) -> str:
    return name.removeprefix("_")
