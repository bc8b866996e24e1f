"""The dynamic symbols of an ELF file and their versions.

Source: gABI, "Symbol Table" and "Hash Table"; the GNU symbol versions as in the
Linux Standard Base, "Symbol Versioning"; DT_GNU_HASH as glibc reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ferrule.formats.elf_image import (
    DT_GNU_HASH,
    DT_HASH,
    DT_SYMTAB,
    DT_VERDEF,
    DT_VERDEFNUM,
    DT_VERNEED,
    DT_VERNEEDNUM,
    DT_VERSYM,
    ElfImage,
)
from ferrule.formats.view import decode

__all__ = [
    "NeedEntry",
    "Symbol",
    "VersionNeed",
    "count_symbols",
    "needed_versions",
    "read_symbols",
    "version_definitions",
    "version_needs",
]

EM_S390, EM_ALPHA = 22, 0x9026
STB_LOCAL, STB_WEAK = 0, 2
_HIDDEN = (1, 2)  # STV_INTERNAL and STV_HIDDEN
_MAX_VERSIONS = 1 << 16
"""No real file asks for more symbol versions; a crafted one could ask forever."""


class Symbol(NamedTuple):
    """A name in the dynamic symbol table."""

    name: str
    is_defined: bool
    is_weak: bool
    version: str = ""
    """The version that is asked for or given, such as `GLIBC_2.28`."""


class VersionNeed(NamedTuple):
    """The symbol versions that a file asks of one library."""

    library: str
    versions: tuple[str, ...]


class NeedEntry(NamedTuple):
    """One library of the table behind DT_VERNEED."""

    place: int
    """Where in the file the offset of the library's name stands."""
    offset: int
    library: str
    versions: dict[int, str]
    """Names of the versions by the number that symbols have."""
    version_offsets: tuple[int, ...]


def needed_versions(image: ElfImage) -> list[NeedEntry]:
    """Return the libraries of DT_VERNEED with the numbers of their versions."""
    if DT_VERNEED not in image.tags:
        return []
    view, what = image.view, "the version table"
    position = image.offset_of(image.tags[DT_VERNEED], what)
    needs, total = [], 0
    for _ in range(min(image.tags.get(DT_VERNEEDNUM, 0), _MAX_VERSIONS)):
        _, count, file, first, step = view.unpack("2H3I", position, what)
        total += count + 1
        if total > _MAX_VERSIONS:
            raise view.broken("its version table has no end")
        versions, offsets, inner = {}, [], position + first
        for _ in range(count):
            _, _, index, name, inner_step = view.unpack("I2H2I", inner, what)
            versions[index & 0x7FFF] = image.string(name)
            offsets.append(name)
            inner += inner_step
        library = image.string(file)
        needs.append(NeedEntry(position + 4, file, library, versions, tuple(offsets)))
        if step == 0:
            break
        position += step
    return needs


def version_needs(image: ElfImage) -> Iterator[VersionNeed]:
    """Yield which versions the file asks of which library."""
    for need in needed_versions(image):
        yield VersionNeed(need.library, tuple(need.versions.values()))


def version_definitions(image: ElfImage) -> dict[int, str]:
    """Return the names of the versions that the file gives, by number.

    The entry that only repeats the file's own name is left out.
    """
    if DT_VERDEF not in image.tags:
        return {}
    view, what = image.view, "the version table"
    position = image.offset_of(image.tags[DT_VERDEF], what)
    found = {}
    for _ in range(min(image.tags.get(DT_VERDEFNUM, 0), _MAX_VERSIONS)):
        _, flags, index, _, _, first, step = view.unpack("4H3I", position, what)
        is_base = flags & 1
        if not is_base:
            (name,) = view.unpack("I", position + first, what)
            found[index & 0x7FFF] = image.string(name)
        if step == 0:
            break
        position += step
    return found


def read_symbols(image: ElfImage, *, defined: bool) -> Iterator[Symbol]:
    """Yield what the file exports, or what it needs from others."""
    count = count_symbols(image)
    if count == 0:
        return
    view = image.view
    start = image.offset_of(image.tags[DT_SYMTAB], "the symbol table")
    rows = view.table(
        "IBBH16x" if image.is_64 else "I8xBBH", start, count, "the symbol table"
    )
    if defined:
        versions = version_definitions(image)
    else:
        versions = {}
        for need in needed_versions(image):
            versions.update(need.versions)
    strings = image.strings
    for (name, info, other, section), (version,) in zip(rows, _versions(image, count)):
        binding = info >> 4
        if bool(section) is not defined or name == 0 or binding == STB_LOCAL:
            continue
        if defined and other & 3 in _HIDDEN:
            continue
        end = strings.find(b"\0", name)
        if end < 0:
            raise view.broken("a name lies outside of its table")
        view.spend(end - name)
        yield Symbol(
            decode(strings[name:end]),
            defined,
            binding == STB_WEAK,
            versions.get(version & 0x7FFF, ""),
        )


def _versions(image: ElfImage, count: int) -> Iterator[tuple[int]]:
    if DT_VERSYM not in image.tags:
        return iter([(0,)] * count)
    start = image.offset_of(image.tags[DT_VERSYM], "the symbol versions")
    rows = image.view.table("H", start, count, "the symbol versions")
    return ((number,) for (number,) in rows)


def count_symbols(image: ElfImage) -> int:
    """Return the number of dynamic symbols, which only the hash tables tell."""
    tags, view, what = image.tags, image.view, "the hash table"
    if DT_SYMTAB not in tags:
        return 0
    if DT_HASH in tags:
        start = image.offset_of(tags[DT_HASH], what)
        if image.is_64 and image.machine in (EM_S390, EM_ALPHA):
            buckets, count = view.unpack("2Q", start, what)
            # lld's numbers are 32 bits wide there too.
            if buckets + count <= view.size // 8:
                return int(count)
        return int(view.unpack("2I", start, what)[1])
    if DT_GNU_HASH not in tags:
        return 0
    start = image.offset_of(tags[DT_GNU_HASH], what)
    buckets, first, bloom, _ = view.unpack("4I", start, what)
    position = start + 16 + bloom * (8 if image.is_64 else 4)
    heads = view.table("I", position, buckets, what)
    last = int(max((head for (head,) in heads), default=0))
    if last < first:
        return int(first)
    # The last chain ends with an entry whose lowest bit is set.
    chain = position + 4 * buckets + 4 * (last - first)
    room = view.size // (24 if image.is_64 else 16)
    while not view.unpack("I", chain, what)[0] & 1:
        if last > room:
            raise view.broken("its hash table has no end")
        chain += 4
        last += 1
    return last + 1
