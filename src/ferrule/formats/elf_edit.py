"""Changes the names in an ELF file: its own, those it needs, where it searches.

Strings that fit go where the old ones were. Otherwise the string table, and the
dynamic section if it needs more entries, move to one new segment at the end of
the file, together with the program headers that announce it. The segment takes
no padding in the file: its address is congruent to its offset. Symbols, hash
tables and code stay where they are.

Source: gABI, "Program Header" and "Dynamic Section"; what glibc and musl demand
of segments is in their `dl-load.c` and `dynlink.c`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ferrule.errors.formats import (
    BinaryEditError,
    BrokenElfError,
    NeededRemovalError,
)
from ferrule.formats import elf_image as layout
from ferrule.formats.elf_image import ElfImage, Segment
from ferrule.formats.elf_segment import Tables, place_tables
from ferrule.formats.elf_strings import StringTable
from ferrule.formats.elf_symbols import needed_versions
from ferrule.formats.view import Source, open_view

if TYPE_CHECKING:
    from ferrule.formats.patch import Patch

__all__ = ["ElfEdit", "edit_elf"]

_PATH_TAGS = (layout.DT_RPATH, layout.DT_RUNPATH)
_TEXTS = (
    layout.DT_NEEDED,
    layout.DT_SONAME,
    *_PATH_TAGS,
    0x7FFFFFFD,  # DT_AUXILIARY
    0x7FFFFFFF,  # DT_FILTER
)


class ElfEdit(NamedTuple):
    """The wanted changes; what is not named stays as it is."""

    soname: str | None = None
    """The new DT_SONAME; an empty one removes it."""
    needed: Mapping[str, str] = MappingProxyType({})
    """New names of needed libraries; an empty one removes the need."""
    rpath: tuple[str, ...] | None = None
    """All search folders, instead of DT_RPATH and DT_RUNPATH; () removes both."""
    is_runpath: bool = False
    """Write DT_RUNPATH: it comes after LD_LIBRARY_PATH and is not inherited."""
    clear_executable_stack: bool = False


def edit_elf(source: Source, edit: ElfEdit, name: str = "") -> Patch:
    """Return how the file changes.

    Versions that are asked of a renamed library are asked of its new name.
    `name` is what errors call the file. Raises `ReadError`, `BrokenElfError`,
    `NeededRemovalError` and `BinaryEditError`.
    """
    image = ElfImage(open_view(source, name, BrokenElfError))
    segments = image.segments
    if edit.clear_executable_stack:
        segments = _without_executable_stack(image)
    entries, strings = image.dynamic, None
    writes: dict[int, bytes] = {}
    if edit.soname is not None or edit.needed or edit.rpath is not None:
        if image.segment(layout.PT_DYNAMIC) is None:
            raise BinaryEditError(
                image.view.name,
                "it is linked statically and has no dynamic section",
                "leave it as it is: it needs no libraries",
            )
        strings = StringTable(image)
        entries, writes = _edit_names(image, edit, strings)
    return place_tables(image, Tables(segments, entries, strings), writes)


def _edit_names(
    image: ElfImage, edit: ElfEdit, strings: StringTable
) -> tuple[list[tuple[int, int]], dict[int, bytes]]:
    """Return the new dynamic section and what changes in the versions' table."""
    planned = list(_planned_entries(image, edit))
    renamed: dict[int, str] = {}
    kept = {value for tag, value, text in planned if text is None and tag in _TEXTS}
    gone = {value for tag, value in image.dynamic if tag in _TEXTS}
    for need in needed_versions(image):
        new = edit.needed.get(need.library, need.library)
        if not new and need.library in edit.needed:
            raise NeededRemovalError(need.library)
        if new == need.library:
            kept.add(need.offset)
        else:
            gone.add(need.offset)
            renamed[need.place] = new
    strings.release(gone - kept, kept)
    entries = [
        (tag, value if text is None else strings.place(text))
        for tag, value, text in planned
    ]
    return entries, {
        place: image.view.pack("I", strings.place(text))
        for place, text in renamed.items()
    }


def _planned_entries(
    image: ElfImage, edit: ElfEdit
) -> Iterator[tuple[int, int, str | None]]:
    """Yield tag, value and, instead of the value, the text to be named."""
    path_tag = layout.DT_RUNPATH if edit.is_runpath else layout.DT_RPATH
    missing = {}
    if edit.soname:
        missing[layout.DT_SONAME] = edit.soname
    if edit.rpath:
        missing[path_tag] = ":".join(edit.rpath)
    seen = set()
    for tag, value in image.dynamic:
        new = None
        if tag == layout.DT_NEEDED:
            old = image.string(value)
            new = edit.needed.get(old, old)
            if new in seen and (new != old or new in edit.needed.values()):
                continue
            seen.add(new)
        elif tag == layout.DT_SONAME and edit.soname is not None:
            new = missing.pop(tag, "")
        elif tag in _PATH_TAGS and edit.rpath is not None:
            new = missing.pop(path_tag, "")
            tag = path_tag  # noqa: PLW2901
        if new != "":
            is_same = new is None or new == _text(image, tag, value)
            yield tag, value, None if is_same else new
    for tag, text in missing.items():
        yield tag, 0, text


def _text(image: ElfImage, tag: int, value: int) -> str | None:
    return image.string(value) if tag in _TEXTS else None


def _without_executable_stack(image: ElfImage) -> list[Segment]:
    """Return the program headers, with a PT_GNU_STACK that is not executable."""
    kind, readable = layout.PT_GNU_STACK, layout.PF_R | layout.PF_W
    if image.segment(kind) is None:
        return [*image.segments, Segment(kind, readable, 0, 0, 0, 0, 0, 16)]
    return [
        item._replace(flags=item.flags & ~layout.PF_X) if item.kind == kind else item
        for item in image.segments
    ]
