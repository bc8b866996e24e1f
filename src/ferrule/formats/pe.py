"""What a PE file tells the loader of Windows.

The headers are read at once; imports, exports and debug information only when
they are asked for. A damaged file gives `BrokenPeError`, when the damaged part
is read, and never anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from ferrule.errors.formats import BrokenPeError
from ferrule.formats import pe_image as layout
from ferrule.formats.pe_image import PeImage, PeSection, is_pe
from ferrule.formats.view import Source, open_view

__all__ = [
    "ImportedName",
    "ImportedSymbol",
    "PeExport",
    "PeFile",
    "PeImport",
    "PeSection",
    "import_names",
    "is_pe",
    "read_pe",
]

_ARCHITECTURES = {0x14C: "x86", 0x8664: "amd64", 0xAA64: "arm64", 0x1C4: "arm32"}
_DLL = 0x2000


class ImportedSymbol(NamedTuple):
    """A function or variable of a DLL, by name or by number."""

    name: str
    """Empty for those that are asked for by number."""
    ordinal: int | None


class ImportedName(NamedTuple):
    """Where the name of an imported DLL stands."""

    name: str
    is_delayed: bool
    place: int
    """Offset in the file of the field with the name's address."""
    base: int
    """What the field adds to the address; old delay imports hold absolute ones."""
    names: int
    """Address of the table with the symbols."""


@dataclass(frozen=True)
class PeImport:
    """A needed DLL."""

    name: str
    is_delayed: bool
    """It is loaded at the first call of one of its functions."""
    symbols: tuple[ImportedSymbol, ...]


class PeExport(NamedTuple):
    """Something that others can use."""

    name: str
    ordinal: int
    forwarder: str
    """`DLL.name` for what another DLL really holds."""
    address: int = 0
    """Where it lies in the image; for a forwarder, where its text lies."""


@dataclass(frozen=True)
class PeFile:
    """What the loader learns from a file, and more when it is asked."""

    format: ClassVar[Literal["pe"]] = "pe"
    machine: int
    is_64: bool
    """PE32+ instead of PE32."""
    is_dll: bool
    subsystem: int
    """1 driver, 2 windows, 3 console."""
    dll_flags: int
    """`DllCharacteristics`."""
    linker_version: tuple[int, int]
    timestamp: int
    """Seconds since 1970, or a hash of the content where links are reproducible."""
    checksum: int
    sections: tuple[PeSection, ...]
    is_signed: bool
    image: PeImage = field(repr=False, compare=False)

    @property
    def arch(self) -> str:
        """Return `x86`, `amd64`, `arm64` or `arm32`; empty if unknown."""
        return _ARCHITECTURES.get(self.machine, "")

    @property
    def platform_tag(self) -> str:
        """Return the platform tag of wheels for it; empty if unknown."""
        tag = "win32" if self.arch == "x86" else f"win_{self.arch}"
        return tag if self.arch else ""

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Return the DLLs that must be there when it is loaded, as it writes them."""
        found = import_names(self.image)
        return tuple(item.name for item in found if not item.is_delayed)

    @cached_property
    def delayed(self) -> tuple[str, ...]:
        """Return the DLLs that are only needed once something of them is called."""
        found = import_names(self.image)
        return tuple(item.name for item in found if item.is_delayed)

    @cached_property
    def imports(self) -> tuple[PeImport, ...]:
        """Return the needed DLLs with the symbols that are used of them."""
        return tuple(
            PeImport(item.name, item.is_delayed, tuple(_symbols(self.image, item)))
            for item in import_names(self.image)
        )

    @cached_property
    def exports(self) -> tuple[PeExport, ...]:
        """Return what others can use by name."""
        return tuple(_exports(self.image))

    @cached_property
    def defined(self) -> frozenset[str]:
        """Return the names that the file exports."""
        return frozenset(item.name for item in self.exports)

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Return the names that the file needs from others."""
        return frozenset(
            symbol.name for item in self.imports for symbol in item.symbols
        ) - {""}

    @cached_property
    def pdb(self) -> tuple[str, str]:
        """Return identity and path of the file with debug information.

        Both are empty if there is none; the path may be that of the builder.
        """
        return _pdb(self.image)

    @property
    def build_id(self) -> str:
        """Return what identifies the link in hexadecimal; empty if nothing does."""
        return self.pdb[0]

    @cached_property
    def dependent_load_flags(self) -> int:
        """Return where the loader may search the needed DLLs; 0 for the default."""
        place = load_flags_place(self.image)
        if place is None:
            return 0
        return int(self.image.view.unpack("H", place, "the load configuration")[0])


def read_pe(source: Source, name: str = "") -> PeFile:
    """Read a file or an image in memory.

    `name` is what errors call it. Raises `ReadError` and `BrokenPeError`, as the
    properties of the result do.
    """
    image = PeImage(open_view(source, name, BrokenPeError))
    major, minor = image.view.unpack("2B", image.optional + 2, "the header")
    return PeFile(
        machine=image.machine,
        is_64=image.is_64,
        is_dll=bool(image.characteristics & _DLL),
        subsystem=image.subsystem,
        dll_flags=image.dll_flags,
        linker_version=(major, minor),
        timestamp=image.timestamp,
        checksum=image.checksum,
        sections=tuple(image.sections),
        is_signed=image.directory(layout.CERTIFICATES).size > 0,
        image=image,
    )


def import_names(image: PeImage) -> list[ImportedName]:
    """Return the names of all needed DLLs, also the delayed ones, and their places.

    Raises `BrokenPeError`.
    """
    return [*_plain_names(image), *_delayed_names(image)]


def _plain_names(image: PeImage) -> Iterator[ImportedName]:
    address, what = image.directory(layout.IMPORTS).address, "the imports"
    if not address:
        return
    position = image.offset_of(address, what)
    while True:
        lookup, _, _, name, bound = image.view.unpack("5I", position, what)
        if not name or not bound:
            return
        text = image.text(name, "a DLL's name")
        yield ImportedName(
            text, is_delayed=False, place=position + 12, base=0, names=lookup or bound
        )
        position += 20


def _delayed_names(image: PeImage) -> Iterator[ImportedName]:
    address, what = image.directory(layout.DELAY_IMPORTS).address, "the delay imports"
    if not address:
        return
    position = image.offset_of(address, what)
    while True:
        flags, name, _, _, lookup = image.view.unpack("5I12x", position, what)
        if not name:
            return
        base = 0 if flags & 1 else image.base
        text = image.text(name - base, "a DLL's name")
        yield ImportedName(text, True, position + 4, base, lookup - base)
        position += 32


def _symbols(image: PeImage, item: ImportedName) -> Iterator[ImportedSymbol]:
    view, what = image.view, "the imported names"
    form, size = ("Q", 8) if image.is_64 else ("I", 4)
    by_number = 1 << (8 * size - 1)
    position = image.offset_of(item.names, what)
    while True:
        (value,) = view.unpack(form, position, what)
        if not value:
            return
        view.spend(size)
        if value & by_number:
            yield ImportedSymbol("", value & 0xFFFF)
        else:
            address = (value & 0x7FFFFFFF) - item.base
            yield ImportedSymbol(image.text(address + 2, "an imported name"), None)
        position += size


def _exports(image: PeImage) -> Iterator[PeExport]:
    place, what, view = image.directory(layout.EXPORTS), "the exports", image.view
    if not place.address:
        return
    start = image.offset_of(place.address, what)
    row = view.unpack("16x6I", start, what)
    base, functions, count, values, names, numbers = row
    if not count:
        return
    addresses = list(view.table("I", image.offset_of(values, what), functions, what))
    name_rows = view.table("I", image.offset_of(names, what), count, what)
    number_rows = view.table("H", image.offset_of(numbers, what), count, what)
    for (name,), (number,) in zip(name_rows, number_rows):
        if number >= len(addresses):
            raise view.broken("an exported name belongs to nothing")
        address = addresses[number][0]
        inside = place.address <= address < place.address + place.size
        yield PeExport(
            image.text(name, "an exported name"),
            base + number,
            image.text(address, "a forwarder") if inside else "",
            address,
        )


def _pdb(image: PeImage) -> tuple[str, str]:
    place, what, view = image.directory(layout.DEBUG), "the debug directory", image.view
    if not place.address:
        return "", ""
    start = image.offset_of(place.address, what)
    for row in view.table("12x4I", start, min(place.size // 28, 64), what):
        kind, size, _, offset = row
        code_view = 2
        if kind == code_view and view.bytes_at(offset, min(size, 4), what) == b"RSDS":
            identity = view.bytes_at(offset + 4, 20, what)
            path = view.text_at(offset + 24, offset + size, "the PDB file's path")
            return identity.hex(), path
    return "", ""


def load_flags_place(image: PeImage) -> int | None:
    """Return where `DependentLoadFlags` stands in the file; None without it."""
    address = image.directory(layout.LOAD_CONFIG).address
    if not address:
        return None
    start = image.offset_of(address, "the load configuration")
    (size,) = image.view.unpack("I", start, "the load configuration")
    place = 78 if image.is_64 else 54
    return start + place if size >= place + 2 else None
