"""Renames the DLLs that a PE file needs, and renews its checksum.

A longer name goes to the unused end of a section or, if there is none, to a new
section. A signature no longer holds after a change and is removed.

Source: Microsoft's "PE Format".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ferrule.errors.formats import BinaryEditError, BrokenPeError
from ferrule.formats import pe_image as layout
from ferrule.formats.patch import Patch
from ferrule.formats.pe import ImportedName, import_names, load_flags_place
from ferrule.formats.pe_image import PeImage
from ferrule.formats.view import Source, open_view

__all__ = ["PeEdit", "compute_checksum", "edit_pe"]

_INITIALISED, _DISCARDABLE = 0x40, 0x02000000
_EXECUTABLE, _READABLE, _WRITABLE = 0x20000000, 0x40000000, 0x80000000
_SECTION_NAME = b".ferrule"
_CHUNK = 1 << 20
_LARGEST_ALIGNMENT = 1 << 16


@dataclass(frozen=True)
class PeEdit:
    """The wanted changes; what is not named stays as it is."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """New names of DLLs, also of delayed ones; old ones in any case of letters."""


def edit_pe(source: Source, edit: PeEdit, name: str = "") -> Patch:
    """Return how the file changes.

    A signature is removed, and `DependentLoadFlags` are cleared, which could
    forbid the folder of renamed DLLs. `name` is what errors call the file.
    Raises `ReadError`, `BrokenPeError` and `BinaryEditError`.
    """
    image = PeImage(open_view(source, name, BrokenPeError))
    wanted = {old.lower(): new for old, new in edit.imports.items()}
    changes = [
        (item, wanted[item.name.lower()])
        for item in import_names(image)
        if wanted.get(item.name.lower(), item.name) != item.name
    ]
    if not changes:
        return Patch((range(image.view.size),))
    writes, longer = _names_in_place(image, changes)
    size = _without_signature(image, writes)
    tail = b""
    if longer:
        tail = _place_names(image, longer, writes, size)
    _unbind(image, writes)
    checksum_at = image.optional + 64
    writes[checksum_at] = bytes(4)
    patch = Patch.of_writes(size, writes, tail)
    checksum = compute_checksum(patch.chunks(image.view.data))
    writes[checksum_at] = image.view.pack("I", checksum)
    return Patch.of_writes(size, writes, tail)


def compute_checksum(chunks: Iterable[bytes | bytearray | memoryview]) -> int:
    """Return the checksum of a file whose own field for it holds zero.

    It is the sum of all 16-bit words, with carries added, plus the size. A sum
    with carries is a remainder, which large numbers give much faster.
    """
    total = size = 0
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), _CHUNK):
            part = view[start : start + _CHUNK]
            number = int.from_bytes(part, "little")
            # A chunk at an odd place begins with the upper half of a word.
            # Zero and 65535 have the same remainder, but only zeros have sum zero.
            rest = (number - 1) % 0xFFFF + 1 if number else 0
            total += rest << (8 * (size % 2))
            size += len(part)
    folded = (total - 1) % 0xFFFF + 1 if total else 0
    return (folded + size) & 0xFFFFFFFF


def _names_in_place(
    image: PeImage, changes: list[tuple[ImportedName, str]]
) -> tuple[dict[int, bytes], dict[str, list[ImportedName]]]:
    """Return what is written over old names, and the new ones that are longer."""
    writes: dict[int, bytes] = {}
    longer: dict[str, list[ImportedName]] = {}
    for item, new in changes:
        text = new.encode()
        room = len(item.name.encode())
        (address,) = image.view.unpack("I", item.place, "the imports")
        place = image.offset_of(address - item.base, "a DLL's name")
        # Another name may end with this one, where a linker shares their bytes.
        if len(text) > room or image.view.data[place - 1] != 0:
            longer.setdefault(new, []).append(item)
            continue
        writes[place] = text.ljust(room, b"\0")
    return writes, longer


def _without_signature(image: PeImage, writes: dict[int, bytes]) -> int:
    """Remove the signature; return how much of the file stays."""
    place = image.directory(layout.CERTIFICATES)
    if not place.size:
        return image.view.size
    writes[image.directories_at + 8 * layout.CERTIFICATES] = bytes(8)
    is_last = place.address + place.size >= image.view.size
    if is_last and place.address >= image.content_end:
        return place.address
    return image.view.size


def _unbind(image: PeImage, writes: dict[int, bytes]) -> None:
    """Drop addresses that were bound in advance, and limits of the search."""
    if image.directory(layout.BOUND_IMPORTS).size:
        writes[image.directories_at + 8 * layout.BOUND_IMPORTS] = bytes(8)
        for item in import_names(image):
            if not item.is_delayed:
                writes[item.place - 8] = bytes(8)
    place = load_flags_place(image)
    if place is not None:
        writes[place] = bytes(2)


def _place_names(
    image: PeImage,
    names: dict[str, list[ImportedName]],
    writes: dict[int, bytes],
    size: int,
) -> bytes:
    """Store names and let the imports point to them; return what is appended."""
    content, places = b"", {}
    for new in sorted(names):
        places[new] = len(content)
        content += new.encode() + b"\0"
        content += bytes(len(content) % 2)
    address = _in_unused_end(image, content, writes)
    tail = b""
    if address is None:
        address, tail = _in_new_section(image, content, writes, size)
    for new, items in names.items():
        for item in items:
            value = address + places[new] + item.base
            writes[item.place] = image.view.pack("I", value)
    return tail


def _in_unused_end(
    image: PeImage, content: bytes, writes: dict[int, bytes]
) -> int | None:
    """Write into the padding of a section; return the address, None without room."""
    forbidden = _EXECUTABLE | _DISCARDABLE | _WRITABLE
    for number, item in enumerate(image.sections):
        if item.flags & forbidden or not item.flags & _READABLE:
            continue
        used = item.memory_size + item.memory_size % 2
        start = item.offset + used
        later = [part.address for part in image.sections if part.address > item.address]
        end = min([*later, image.image_size]) - item.address
        if used + len(content) > min(item.size, end):
            continue
        if any(image.view.slice_at(start, len(content), "a section")):
            continue
        writes[start] = content
        place = image.section_table + 40 * number + 8
        writes[place] = image.view.pack("I", used + len(content))
        return item.address + used
    return None


def _in_new_section(
    image: PeImage, content: bytes, writes: dict[int, bytes], size: int
) -> tuple[int, bytes]:
    """Add a section for the names; return its address and what is appended."""
    view, count = image.view, len(image.sections)
    header_at = image.section_table + 40 * count
    first = min([item.offset for item in image.sections if item.size] or [view.size])
    room = min(first, image.headers_size) - header_at
    bound = image.directory(layout.BOUND_IMPORTS).size
    if room < 40 or (not bound and any(view.slice_at(header_at, 40, "the header"))):
        raise BinaryEditError(
            view.name,
            "its header has no room for one more section",
            "link it with DLLs of the wanted names, or choose names that are not "
            "longer",
        )
    end = image.symbols + 18 * image.symbol_count if image.symbols else 0
    if end:
        end += view.unpack("I", end, "the symbol table")[0]
    if size > max(image.content_end, end):
        raise BinaryEditError(
            view.name,
            "foreign data follow its sections, and may be searched from the end",
            "rename its DLLs before the data are appended",
        )
    if image.file_align > _LARGEST_ALIGNMENT:
        raise view.broken("its sections have an impossible alignment")
    address = _aligned(image.image_size, image.section_align)
    offset = _aligned(size, image.file_align)
    stored = _aligned(len(content), image.file_align)
    numbers = len(content), address, stored, offset, 0, 0, 0
    flags = _INITIALISED | _READABLE
    writes[header_at] = _SECTION_NAME + view.pack("8I", *numbers, flags)
    writes[image.start + 6] = view.pack("H", count + 1)
    (data,) = view.unpack("I", image.optional + 8, "the header")
    writes[image.optional + 8] = view.pack("I", data + stored)
    total = address + _aligned(len(content), image.section_align)
    writes[image.optional + 56] = view.pack("I", total)
    return address, bytes(offset - size) + content.ljust(stored, b"\0")


def _aligned(value: int, step: int) -> int:
    step = max(step, 1)
    return (value + step - 1) // step * step
