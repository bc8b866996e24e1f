"""Tells the formats of binaries apart, and reads the ones that are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Union

from ferrule.errors.formats import UnknownBinaryError
from ferrule.formats.view import read_start, source_name

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.macho import MachOBinary
    from ferrule.formats.pe import PeFile
    from ferrule.formats.view import Source

__all__ = ["Format", "Image", "identify", "read_image"]

Format = Literal["elf", "macho", "pe", "archive"]
Image = Union["ElfFile", "MachOBinary", "PeFile"]
"""Its attribute `format` tells which: asking for it imports none of the others."""

_MACHO_STARTS = (b"\xfe", b"\xce", b"\xcf", b"\xca")


def identify(start: bytes) -> Format | None:
    """Return the format of a file by its first eight bytes; None for all others."""
    if start[:4] == b"\x7fELF":
        return "elf"
    if start[:2] == b"MZ":
        return "pe"
    if start[:8] in (b"!<arch>\n", b"!<thin>\n"):
        return "archive"
    if len(start) < 8 or start[:1] not in _MACHO_STARTS:
        return None
    from ferrule.formats.macho_image import is_macho

    return "macho" if is_macho(start) else None


def read_image(source: Source, name: str = "") -> Image:
    """Read a library, module or program of any system.

    `name` is what errors call it. Raises `ReadError`, `UnknownBinaryError` and a
    `BrokenBinaryError`.
    """
    start = read_start(source)
    found = identify(start)
    if found == "elf":
        from ferrule.formats.elf import read_elf

        return read_elf(source, name)
    if found == "macho":
        from ferrule.formats.macho import read_macho

        return read_macho(source, name)
    if found == "pe":
        from ferrule.formats.pe import read_pe

        return read_pe(source, name)
    raise UnknownBinaryError(source_name(source, name), start)
