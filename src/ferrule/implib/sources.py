"""Where symbols come from that are not shipped: DLLs, import libraries, `.def`s."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ferrule.errors.files import ReadError
from ferrule.errors.implib import (
    ImportLibraryError,
    NoExportsError,
    UnknownLibraryError,
)
from ferrule.implib.machine import Machine, machine_of_number
from ferrule.implib.symbol import (
    NAME_EXACT,
    NAME_EXPORT_AS,
    NAME_ORDINAL,
    NAME_UNDECORATED,
    ImportSymbol,
    SymbolKind,
    linker_name,
    told_apart,
)

if TYPE_CHECKING:
    from ferrule.formats.archive import Archive
    from ferrule.formats.pe import PeExport, PeFile

__all__ = ["SymbolSource", "read_symbols", "symbols_of_archive", "symbols_of_dll"]

_EXECUTABLE: Final = 0x20000000
_KINDS: Final[tuple[SymbolKind, ...]] = ("code", "data", "const")


class SymbolSource(NamedTuple):
    """The symbols of one DLL, and what else their source tells about it."""

    dll: str
    """The DLL's file name; empty if a `.def` does not tell."""
    machine: Machine | None
    """None for a `.def`: it holds for every processor."""
    symbols: tuple[ImportSymbol, ...]


def read_symbols(path: Path, *, kill_at: bool = False) -> SymbolSource:
    """Return the symbols that a DLL, an import library or a `.def` names.

    `kill_at` counts for a `.def`: see `parse_definition`. Raises `ReadError`,
    `UnknownLibraryError`, `NoExportsError`, `DefinitionError`,
    `UnknownMachineError`, and a `BrokenBinaryError` for a damaged file.
    """
    from ferrule.formats.image import identify
    from ferrule.formats.view import read_start

    found = identify(read_start(path))
    if found == "pe":
        from ferrule.formats.pe import read_pe

        return symbols_of_dll(read_pe(path), path.name)
    if found == "archive":
        from ferrule.formats.archive import read_archive

        return symbols_of_archive(read_archive(path), str(path))
    if found is not None or path.suffix.lower() != ".def":
        raise UnknownLibraryError(str(path))
    from ferrule.implib.definition import parse_definition

    definition = parse_definition(_read_text(path), str(path), kill_at=kill_at)
    return SymbolSource(definition.dll, None, definition.symbols)


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadError(path, error) from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    # Comments may be in any encoding; of names `parse_definition` refuses the escapes.
    return content.decode("utf-8-sig", "surrogateescape")


def symbols_of_dll(dll: PeFile, name: str) -> SymbolSource:
    """Return what a DLL exports by name.

    `name` is the file name under which it is loaded. Data is told from functions by
    the section it lies in; a forwarder lies in none and counts as a function,
    unless CPython has a variable of that name. Raises `NoExportsError`,
    `UnknownMachineError` and `BrokenPeError`.
    """
    machine = machine_of_number(dll.machine, name)
    if not dll.exports:
        raise NoExportsError(name)
    return SymbolSource(name, machine, tuple(told_apart(_exported(dll))))


def _exported(dll: PeFile) -> Iterator[ImportSymbol]:
    code = [
        (item.address, item.address + max(item.memory_size, item.size))
        for item in dll.sections
        if item.flags & _EXECUTABLE
    ]
    known: frozenset[str] | None = None
    for hint, item in enumerate(dll.exports):
        is_code = any(start <= item.address < end for start, end in code)
        if item.forwarder:
            if known is None:
                known = _variables_of_python(item)
            is_code = item.name not in known
        kind: SymbolKind = "code" if is_code else "data"
        yield ImportSymbol(item.name, kind, hint, item.ordinal)


def _variables_of_python(item: PeExport) -> frozenset[str]:
    if not item.forwarder.lower().startswith("python3"):
        return frozenset()
    from ferrule.implib.tables import load_tables

    return load_tables().variables()


def symbols_of_archive(archive: Archive, name: str) -> SymbolSource:
    """Return what the short entries of an import library name.

    Raises `UnknownLibraryError` for an archive without such entries, and
    `ImportLibraryError` for one that stands for several DLLs.
    """
    dlls = sorted({item.dll for item in archive.imports})
    if not dlls:
        raise UnknownLibraryError(name)
    if len(dlls) > 1:
        raise ImportLibraryError(
            f"{name} stands for several DLLs",
            f"it imports from {', '.join(dlls)}",
            "name the DLLs themselves, one after the other",
        )
    machine = machine_of_number(archive.imports[0].machine, name)
    return SymbolSource(dlls[0], machine, tuple(_entries(archive, machine)))


def _entries(archive: Archive, machine: Machine) -> Iterator[ImportSymbol]:
    for member in archive.members:
        content = bytes(archive.content(member))
        if content[:4] != b"\0\0\xff\xff" or content[4:6] != b"\0\0":
            continue
        hint, bits = struct.unpack_from("<2H", content, 16)
        name_type = bits >> 2 & 7
        text, _, rest = content[20:].decode("utf-8", "backslashreplace").partition("\0")
        kind = _KINDS[min(bits & 3, 2)]
        plain = text[1:] if text[:1] in ("_", "?", "@") else text
        name = text[1:] if machine.has_underscore and text[:1] == "_" else text
        if name_type == NAME_ORDINAL:
            symbol = ImportSymbol(name, kind, ordinal=hint, is_nameless=True)
        elif name_type == NAME_EXACT:
            symbol = ImportSymbol(text, kind, hint)
        elif name_type == NAME_EXPORT_AS:
            exported = (rest.split("\0")[1:2] or [""])[0] or name
            wanted = "" if exported == name else name
            symbol = ImportSymbol(exported, kind, hint, link_as=wanted)
        elif name_type == NAME_UNDECORATED:
            bare = plain.partition("@")[0]
            wanted = text if text[:1] in ("?", "@") else plain
            symbol = ImportSymbol(bare, kind, hint, link_as=wanted)
        else:
            symbol = ImportSymbol(plain, kind, hint)
        # Such as `__f@8`: there `_f@8` is no decoration of MSVC's.
        is_plain = linker_name(symbol, machine)[0] != text
        yield symbol._replace(is_plain=is_plain)
