"""What a Mach-O file tells dyld, and each slice of a fat file by itself.

The load commands are read at once; symbols and the signature only when they are
asked for. A damaged file gives `BrokenMachOError`, when the damaged part is
read, and never anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from ferrule.errors.formats import BrokenMachOError
from ferrule.formats import macho_image as layout
from ferrule.formats.macho_image import (
    LoadCommand,
    MachImage,
    MachSection,
    MachSegment,
    Slice,
    is_macho,
    slices,
)
from ferrule.formats.macho_signature import Signature, read_signature
from ferrule.formats.macho_symbols import (
    MachSymbol,
    exported_names,
    imported_symbols,
)
from ferrule.formats.view import Source, View, open_view

__all__ = [
    "Dylib",
    "MachOBinary",
    "MachOFile",
    "MachSection",
    "MachSegment",
    "MachSymbol",
    "Signature",
    "is_macho",
    "read_macho",
]

_ARCHITECTURES = {
    (7, 3): "i386",
    (0x01000007, 3): "x86_64",
    (0x01000007, 8): "x86_64h",
    (12, 9): "armv7",
    (0x0100000C, 0): "arm64",
    (0x0100000C, 1): "arm64",
    (0x0100000C, 2): "arm64e",
    (0x0200000C, 1): "arm64_32",
    (18, 0): "ppc",
    (0x01000012, 0): "ppc64",
}
_PLATFORMS = {
    1: "macos",
    2: "ios",
    3: "tvos",
    4: "watchos",
    6: "maccatalyst",
    7: "ios-simulator",
    8: "tvos-simulator",
    9: "watchos-simulator",
    11: "visionos",
    12: "visionos-simulator",
}
_OLD_PLATFORMS = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}

Kind = Literal["load", "weak", "reexport", "upward", "lazy"]

_KINDS: dict[int, Kind] = {
    layout.LC_LOAD_DYLIB: "load",
    layout.LC_LOAD_WEAK_DYLIB: "weak",
    layout.LC_REEXPORT_DYLIB: "reexport",
    layout.LC_LOAD_UPWARD_DYLIB: "upward",
    layout.LC_LAZY_LOAD_DYLIB: "lazy",
}
_DYLIB_USE = 0x1A741800


@dataclass(frozen=True)
class Dylib:
    """A library that the file needs, or the name that it has itself."""

    name: str
    kind: Kind
    current: str
    """The version it had when the file was linked; empty if that is not said."""
    compatibility: str


@dataclass(frozen=True)
class MachOFile:
    """What dyld learns from one slice, and more when it is asked."""

    format: ClassVar[Literal["macho"]] = "macho"
    cpu_type: int
    cpu_subtype: int
    bits: int
    is_little_endian: bool
    file_type: int
    """1 object, 2 program, 6 library, 8 bundle: what Python modules often are."""
    flags: int
    install_name: str
    """The name under which others need this library; empty for other kinds."""
    libraries: tuple[Dylib, ...]
    rpaths: tuple[str, ...]
    platform: str
    """`macos`, `ios`, `ios-simulator` and so on; empty if it is not said."""
    minimum_os: str
    """The oldest system it runs on, such as `11.0`; empty if it is not said."""
    sdk: str
    uuid: str
    image: MachImage = field(repr=False, compare=False)

    @property
    def arch(self) -> str:
        """Return the architecture as platform tags spell it; empty if unknown."""
        subtype = self.cpu_subtype & 0x00FFFFFF
        return _ARCHITECTURES.get((self.cpu_type, subtype), "")

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the names of the needed libraries."""
        return tuple(item.name for item in self.libraries)

    @cached_property
    def imports(self) -> tuple[MachSymbol, ...]:
        """Return the symbols that other libraries define."""
        return tuple(imported_symbols(self.image))

    @cached_property
    def exports(self) -> tuple[str, ...]:
        """Return the symbols that others can use."""
        return tuple(exported_names(self.image))

    @cached_property
    def defined(self) -> frozenset[str]:
        """Return the names that the file exports."""
        return frozenset(self.exports)

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Return the names that the file needs from others; weak ones are not."""
        return frozenset(item.name for item in self.imports if not item.is_weak)

    def library_of(self, symbol: MachSymbol) -> str:
        """Return the library that an import is bound to; empty if to none."""
        ordinal = symbol.ordinal
        return self.needed[ordinal - 1] if 0 < ordinal <= len(self.libraries) else ""

    @cached_property
    def segments(self) -> tuple[MachSegment, ...]:
        """Return the segments with their sections."""
        return tuple(self.image.segments())

    @property
    def sections(self) -> tuple[MachSection, ...]:
        """Return the sections of all segments."""
        return tuple(item for segment in self.segments for item in segment.sections)

    @property
    def has_symbol_table(self) -> bool:
        """Return whether there are local symbols, which `strip` removes."""
        command = self.image.find(layout.LC_DYSYMTAB)
        return command is not None and self.image.fields(command, "2I")[1] > 0

    @cached_property
    def signature(self) -> Signature | None:
        """Return the code signature; None if there is none."""
        return read_signature(self.image)


@dataclass(frozen=True)
class MachOBinary:
    """A whole file: one slice, or one for each architecture."""

    format: ClassVar[Literal["macho"]] = "macho"
    slices: tuple[MachOFile, ...]
    is_fat: bool


def read_macho(source: Source, name: str = "") -> MachOBinary:
    """Read a file or an image in memory.

    `name` is what errors call it. Raises `ReadError` and `BrokenMachOError`, as
    the properties of the slices do.
    """
    view = open_view(source, name, BrokenMachOError)
    table = slices(view)
    if table is None:
        return MachOBinary((_read_slice(view),), is_fat=False)
    return MachOBinary(tuple(_read_slice(_part(view, item)) for item in table), True)


def _part(view: View, item: Slice) -> View:
    return view.part(item.offset, item.size, "a slice", view.name)


def _read_slice(view: View) -> MachOFile:
    image = MachImage(view)
    install, platform = image.find(layout.LC_ID_DYLIB), _platform(image)
    uuid = image.find(layout.LC_UUID)
    return MachOFile(
        cpu_type=image.cpu_type,
        cpu_subtype=image.cpu_subtype,
        bits=image.bits,
        is_little_endian=view.order == "<",
        file_type=image.file_type,
        flags=image.flags,
        install_name="" if install is None else _dylib(image, install).name,
        libraries=tuple(_libraries(image)),
        rpaths=tuple(
            image.text(item, image.fields(item, "I")[0])
            for item in image.commands
            if item.kind == layout.LC_RPATH
        ),
        platform=platform[0],
        minimum_os=platform[1],
        sdk=platform[2],
        uuid=""
        if uuid is None
        else view.bytes_at(uuid.offset + 8, 16, "the UUID").hex(),
        image=image,
    )


def _libraries(image: MachImage) -> Iterator[Dylib]:
    for item in image.commands:
        if item.kind in _KINDS:
            yield _dylib(image, item)


def _dylib(image: MachImage, command: LoadCommand) -> Dylib:
    start, stamp, current, compatibility = image.fields(command, "4I")
    kind = _KINDS.get(command.kind, "load")
    if stamp == _DYLIB_USE and start >= 28:
        # The later form of the command: flags instead of the time stamp's sense.
        (flags,) = image.view.unpack("I", command.offset + 24, "a load command")
        chosen: tuple[Kind, ...] = ("weak", "reexport", "upward")
        kind = next((item for bit, item in enumerate(chosen) if flags >> bit & 1), kind)
    name = image.text(command, start)
    return Dylib(name, kind, _version(current), _version(compatibility))


def _platform(image: MachImage) -> tuple[str, str, str]:
    command = image.find(layout.LC_BUILD_VERSION)
    if command is not None:
        number, minimum, sdk = image.fields(command, "3I")
        name = _PLATFORMS.get(number, f"platform{number}")
        return name, _version(minimum), _version(sdk)
    command = image.find(*_OLD_PLATFORMS)
    if command is not None:
        minimum, sdk = image.fields(command, "2I")
        return _OLD_PLATFORMS[command.kind], _version(minimum), _version(sdk)
    return "", "", ""


def _version(packed: int) -> str:
    """Return `11.0` or `10.13.6` of a packed version; empty for 0."""
    if not packed:
        return ""
    parts = [packed >> 16, packed >> 8 & 0xFF, packed & 0xFF]
    return ".".join(map(str, parts if parts[2] else parts[:2]))
