"""Changes names in the load commands of Mach-O files, and signs them again.

Load commands can grow up to the first section's content and not further: code
refers to data by distance, so nothing can be moved. Linkers leave room for it
with `-headerpad_max_install_names`. The slices of a fat file are laid out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ferrule.errors.formats import (
    BinaryEditError,
    BrokenMachOError,
    HeaderSpaceError,
)
from ferrule.formats import macho_image as layout
from ferrule.formats.macho_image import LoadCommand, MachImage, MachSegment, slices
from ferrule.formats.macho_signature import (
    make_signature,
    read_signature,
    signature_size,
)
from ferrule.formats.patch import Patch, Piece
from ferrule.formats.view import Source, View, open_view

__all__ = ["MachOEdit", "edit_macho"]

_DYLIBS = (
    layout.LC_LOAD_DYLIB,
    layout.LC_LOAD_WEAK_DYLIB,
    layout.LC_REEXPORT_DYLIB,
    layout.LC_LOAD_UPWARD_DYLIB,
    layout.LC_LAZY_LOAD_DYLIB,
)


@dataclass(frozen=True)
class MachOEdit:
    """The wanted changes; what is not named stays as it is."""

    install_name: str | None = None
    """The library's new name for others; files without one get none."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """New names of needed libraries."""
    rpaths: tuple[str, ...] | None = None
    """All search folders, in place of the present ones; () removes them."""
    identifier: str = ""
    """The name in the signature; empty for that of the old one or of the library."""


class _Command(NamedTuple):
    kind: int
    content: bytes
    """Everything behind kind and size."""


def edit_macho(source: Source, edit: MachOEdit, name: str = "") -> Patch:
    """Return how the file changes, in all of its slices.

    Slices that were signed, and those for arm64, which must be, are signed ad
    hoc. `name` is what errors call the file. Raises `ReadError`,
    `BrokenMachOError`, `HeaderSpaceError` and `BinaryEditError`.
    """
    view = open_view(source, name, BrokenMachOError)
    table = slices(view)
    if table is None:
        return Patch(tuple(_edit_slice(view, edit, 0)))
    wide = bytes(view.data[:4]) == b"\xca\xfe\xba\xbf"
    start = 8 + len(table) * (32 if wide else 20)
    head, pieces, position = bytes(view.data[:8]), list[Piece](), start
    for item in table:
        part = view.part(item.offset, item.size, "a slice", view.name)
        content = _edit_slice(part, edit, item.offset)
        size, align = sum(map(len, content)), 1 << item.align
        gap = -position % align
        row = (position + gap, size, item.align)
        numbers = item.cpu_type, item.cpu_subtype, *row
        head += view.pack("2I2QI4x" if wide else "5I", *numbers)
        pieces += [bytes(gap), *content]
        position += gap + size
    return Patch((head, *pieces))


def _edit_slice(view: View, edit: MachOEdit, base: int) -> list[Piece]:
    """Return the pieces of one slice that lies at `base` in the file."""
    image = MachImage(view)
    commands = _new_commands(image, edit)
    if commands == _commands(image):
        return [range(base, base + view.size)]
    segments = image.segments()
    linkedit = next((item for item in segments if item.name == "__LINKEDIT"), None)
    signed = image.find(layout.LC_CODE_SIGNATURE)
    if signed is None and image.cpu_type != layout.CPU_ARM64:
        head = _head(image, segments, commands)
        return [head, range(base + len(head), base + view.size)]
    if linkedit is None or linkedit.offset + linkedit.file_size != view.size:
        raise BinaryEditError(
            view.name,
            "its link information is not at its end, so it cannot be signed",
            "link it again with Apple's or LLVM's linker",
        )
    if signed is not None and sum(image.fields(signed, "2I")) != view.size:
        raise BinaryEditError(
            view.name,
            "its signature is not at its end",
            "remove the signature with `codesign --remove-signature`",
        )
    return _signed(image, edit, commands, segments, base)


def _signed(
    image: MachImage,
    edit: MachOEdit,
    commands: list[_Command],
    segments: list[MachSegment],
    base: int,
) -> list[Piece]:
    """Return the pieces of a slice with a new signature."""
    view = image.view
    signed = image.find(layout.LC_CODE_SIGNATURE)
    stored = view.size if signed is None else image.fields(signed, "I")[0]
    padding = bytes(-stored % 16)
    limit = stored + len(padding)
    identifier = edit.identifier or _identifier(image, edit)
    size = signature_size(limit, identifier)
    place = _Command(layout.LC_CODE_SIGNATURE, view.pack("2I", limit, size))
    commands = [item for item in commands if item.kind != place.kind]
    commands = [_resized(image, item, limit + size) for item in commands] + [place]
    head = _head(image, segments, commands)
    if len(head) > stored:
        raise view.broken("its link information overlaps its load commands")
    rest = bytes(view.data[len(head) : stored]) + padding if padding else None
    unchanged = memoryview(rest) if rest else view.data[len(head) : stored]
    text = next((item for item in segments if item.name == "__TEXT"), None)
    code = (0, 0) if text is None else (text.offset, text.file_size)
    is_program = image.file_type == layout.MH_EXECUTE
    signature = make_signature(head, unchanged, identifier, (*code, is_program))
    return [head, range(base + len(head), base + stored), padding + signature]


def _identifier(image: MachImage, edit: MachOEdit) -> str:
    """Return what names the code: what named it before, or its file name."""
    found = read_signature(image)
    if found is not None and found.identifier:
        return found.identifier
    install, name = image.find(layout.LC_ID_DYLIB), ""
    if install is not None:
        old = image.text(install, image.fields(install, "I")[0])
        name = edit.install_name or old
    return (name or image.view.name).replace("\\", "/").rpartition("/")[2]


def _resized(image: MachImage, command: _Command, end: int) -> _Command:
    """Return the command of the segment __LINKEDIT with its new sizes."""
    wide = command.kind == layout.LC_SEGMENT_64
    is_segment = wide or command.kind == layout.LC_SEGMENT
    if not is_segment or command.content[:16].rstrip(b"\0") != b"__LINKEDIT":
        return command
    import struct

    form = image.view.order + ("4Q" if wide else "4I")
    address, _, offset, _ = struct.unpack_from(form, command.content, 16)
    page = 0x1000 if image.cpu_type == layout.CPU_X86_64 else 0x4000
    size = end - offset
    memory = (size + page - 1) // page * page
    numbers = image.view.pack(form[1:], address, memory, offset, size)
    content = command.content[:16] + numbers + command.content[16 + len(numbers) :]
    return _Command(command.kind, content)


def _commands(image: MachImage) -> list[_Command]:
    return [
        _Command(
            item.kind,
            image.view.bytes_at(item.offset + 8, item.size - 8, "a load command"),
        )
        for item in image.commands
    ]


def _new_commands(image: MachImage, edit: MachOEdit) -> list[_Command]:
    found: list[_Command] = []
    rpaths = None if edit.rpaths is None else list(dict.fromkeys(edit.rpaths))
    for item, old in zip(image.commands, _commands(image)):
        if item.kind == layout.LC_RPATH and rpaths is not None:
            # dyld refuses a file that names one folder twice.
            found += [_named(image, None, path) for path in rpaths]
            rpaths = []
        elif item.kind == layout.LC_ID_DYLIB and edit.install_name is not None:
            same = image.text(item, image.fields(item, "I")[0]) == edit.install_name
            found.append(old if same else _named(image, item, edit.install_name))
        elif item.kind in _DYLIBS and edit.libraries:
            name = image.text(item, image.fields(item, "I")[0])
            new = edit.libraries.get(name, name)
            found.append(old if new == name else _named(image, item, new))
        else:
            found.append(old)
    return found + [_named(image, None, path) for path in rpaths or ()]


def _named(image: MachImage, command: LoadCommand | None, name: str) -> _Command:
    """Return a command with another name; one for a search folder without any."""
    view, step = image.view, 8 if image.bits == 64 else 4
    kind, start, numbers = layout.LC_RPATH, 12, view.pack("I", 12)
    if command is not None:
        kind, start = command.kind, image.fields(command, "I")[0]
        numbers = view.bytes_at(command.offset + 8, start - 8, "a load command")
    text = name.encode("utf-8", "surrogateescape") + b"\0"
    text += bytes(-(start + len(text)) % step)
    return _Command(kind, numbers + text)


def _head(
    image: MachImage, segments: list[MachSegment], commands: list[_Command]
) -> bytes:
    """Return the header with all commands, and zeros where old ones were.

    Raises `HeaderSpaceError` when they do not fit before the first content.
    """
    view, available = image.view, _available(image, segments)
    optional = (layout.LC_SOURCE_VERSION, layout.LC_DATA_IN_CODE)
    if sum(len(item.content) + 8 for item in commands) > available:
        # Nobody misses these two at run time: a version number, and an empty table.
        commands = [
            item
            for item in commands
            if item.kind not in optional
            or (item.kind == layout.LC_DATA_IN_CODE and any(item.content[4:8]))
        ]
    body = b"".join(
        view.pack("2I", item.kind, len(item.content) + 8) + item.content
        for item in commands
    )
    if len(body) > available:
        raise HeaderSpaceError(view.name, len(body), available)
    start = view.bytes_at(0, 16, "the header")
    start += view.pack("2I", len(commands), len(body))
    start += view.bytes_at(24, image.header_size - 24, "the header")
    return start + body.ljust(image.commands_size, b"\0")


def _available(image: MachImage, segments: list[MachSegment]) -> int:
    """Return how many bytes load commands may take."""
    places = [item.offset for item in segments if item.offset and item.file_size]
    places += [
        item.offset for part in segments for item in part.sections if item.is_stored
    ]
    first: int = min(places, default=image.header_size + image.commands_size)
    room = min(first, image.view.size) - image.header_size
    return int(max(room, image.commands_size))
