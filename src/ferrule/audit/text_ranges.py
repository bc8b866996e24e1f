"""The parts of a binary in which there can be text: all but code and its tables.

Those are most of a module that is written in Rust, so searches for text that
leave them out take a fraction of the time. Without section headers nothing is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.formats.image import Image

__all__ = ["without_code"]

_ELF_EXECUTES = 0x4
_ELF_TABLES = (2, 4, 5, 9, 11, 19)
"""Symbols, hashes and relocations: numbers only."""
_ELF_NO_CONTENT = 8
_UNWINDING = (".eh_frame", ".gcc_except_table")
_MACHO_CODE = 0x80000000
_PE_CODE, _PE_DATA = 0x20000000, 0x40
_SMALLEST = 1 << 16
"""Smaller sections are not worth a gap."""


def without_code(image: Image, content: bytes | memoryview) -> bytes:
    """Return the content with code and tables replaced by one NUL each.

    Raises a `BrokenBinaryError`.
    """
    parts: list[bytes | memoryview] = []
    position = 0
    for start, size in sorted(_code(image)):
        end = start + size
        if size < _SMALLEST or start < position or end > len(content):
            continue
        parts += [content[position:start], b"\0"]
        position = end
    return b"".join([*parts, content[position:]]) if parts else bytes(content)


def _code(image: Image) -> Iterator[tuple[int, int]]:
    """Yield offset and size of the sections that can hold no text."""
    if image.format == "elf":
        for elf in image.sections:
            is_code = elf.flags & _ELF_EXECUTES or elf.name in _UNWINDING
            if (is_code or elf.kind in _ELF_TABLES) and elf.kind != _ELF_NO_CONTENT:
                yield elf.offset, elf.size
    elif image.format == "macho":
        # Slices of a fat file count from their own beginnings.
        for part in image.slices if not image.is_fat else ():
            for macho in part.sections:
                if macho.flags & _MACHO_CODE and macho.is_stored:
                    yield macho.offset, macho.size
    else:
        for pe in image.sections:
            if pe.flags & _PE_CODE and not pe.flags & _PE_DATA:
                yield pe.offset, pe.size
