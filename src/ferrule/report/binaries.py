"""What one binary of a wheel is made of and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Union

from ferrule.report.model import (
    Binary,
    CrateShare,
    Library,
    LibraryGroup,
    Section,
    SliceFacts,
)

if TYPE_CHECKING:
    from ferrule.audit.policy import Libc
    from ferrule.audit.python_tag import Promise
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Image
    from ferrule.formats.macho import MachOFile
    from ferrule.formats.pe import PeFile
    from ferrule.wheel.entry import Entry

__all__ = [
    "Grouping",
    "code_shares",
    "describe_binary",
    "part_sizes",
    "python_symbols",
    "wheel_grouping",
]

Grouping = Callable[[str], LibraryGroup]
Part = Union["ElfFile", "MachOFile", "PeFile"]

_SHT_NOBITS = 8
_DYNAMIC_BASE, _HIGH_ENTROPY, _NX, _GUARD = 0x40, 0x20, 0x100, 0x4000
_INITS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")
_DEBUG = (".debug_", ".zdebug_")


def describe_binary(
    entry: Entry,
    image: Image,
    *,
    promise: Promise,
    group_of: Grouping,
    with_crates: bool = True,
) -> Binary:
    """Return the facts of one binary.

    `group_of` tells where a needed library comes from. `with_crates` reads the
    symbols of all functions, which takes time in large files that were not
    stripped. Raises a `BrokenBinaryError`.
    """
    parts = _parts(image)
    sections = part_sizes(image)
    return Binary(
        path=entry.path,
        format=image.format,
        slices=tuple(map(_slice, parts)),
        size=entry.size,
        compressed=entry.compressed_size,
        python_abi=_python_abi(entry.path, parts, promise),
        inits=_inits(parts),
        libraries=tuple(_libraries(parts, group_of)),
        rpaths=tuple(dict.fromkeys(_rpaths(parts))),
        has_symbol_table=any(
            getattr(item, "has_symbol_table", False) for item in parts
        ),
        debug=sum(size for name, size in sections if _is_debug(name)),
        build_id=" ".join(dict.fromkeys(filter(None, map(_build_id, parts)))),
        hardening=tuple(dict.fromkeys(_hardening(parts))),
        sections=tuple(
            Section(name, size)
            for name, size in sorted(sections, key=lambda item: (-item[1], item[0]))
        ),
        crates=code_shares(parts) if with_crates else (),
        python_symbols=python_symbols(image),
    )


def part_sizes(image: Image) -> list[tuple[str, int]]:
    """Return the sections that take room in the file, with their sizes in bytes.

    In a file of several architectures the names begin with the architecture.
    """
    found = []
    for part in _parts(image):
        prefix = ""
        if image.format == "macho" and image.is_fat:
            prefix = f"{part.arch or part.image.cpu_type} "  # type: ignore[union-attr]
        found += [(prefix + name, size) for name, size in _sections(part) if size]
    return found


def code_shares(parts: Iterable[Part]) -> tuple[CrateShare, ...]:
    """Return the bytes of functions by crate, the largest first.

    Empty for files whose symbols were stripped.
    """
    from collections import Counter

    from ferrule.formats.function_sizes import function_sizes
    from ferrule.report.demangling import crate_of

    found: Counter[str] = Counter()
    for part in parts:
        for name, size in function_sizes(part):
            found[crate_of(name) or ""] += size
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(CrateShare(name, size) for name, size in ordered)


def python_symbols(image: Image) -> tuple[str, ...]:
    """Return the functions and data of Python's C API that are used, sorted."""
    from ferrule.audit.stable_table import is_python_name

    names: set[str] = set()
    for part in _parts(image):
        if part.format != "pe":
            names.update(item.name for item in part.imports)
        else:
            names.update(
                symbol.name
                for item in part.imports
                if item.name.lower().startswith(("python", "libpypy"))
                for symbol in item.symbols
            )
    return tuple(sorted(filter(is_python_name, names)))


def _parts(image: Image) -> tuple[Part, ...]:
    return image.slices if image.format == "macho" else (image,)


def _slice(part: Part) -> SliceFacts:
    minimum = signature = ""
    if part.format == "elf":
        minimum = f"android {part.android_api}" if part.android_api else ""
    elif part.format == "macho":
        minimum = f"{part.platform} {part.minimum_os}".strip()
        signature = _signature(part)
    elif part.is_signed:
        signature = "certificate"
    return SliceFacts(part.arch or "unknown", minimum, signature)


def _signature(part: MachOFile) -> str:
    from ferrule.formats.macho_signature import verify_signature

    if part.signature is None:
        return ""
    if not verify_signature(part.image):
        return "broken"
    return "ad hoc" if part.signature.is_adhoc else "certificate"


def _python_abi(path: str, parts: Iterable[Part], promise: Promise) -> str:
    from ferrule.audit.python_tag import module_name

    name = module_name(path)
    if name is None:
        return ""
    exported = {item for part in parts for item in part.defined}
    if not name.is_marked and not exported.intersection(name.hooks):
        return ""
    mark = name.mark.partition("-")[0]
    if mark == "cpython":
        return "cp" + name.mark.split("-")[1]
    return name.mark.split("-")[0] if mark else promise.text.partition("-")[2]


def _inits(parts: Iterable[Part]) -> tuple[str, ...]:
    names = {item for part in parts for item in part.defined}
    return tuple(sorted(item for item in names if item.startswith(_INITS)))


def _libraries(parts: tuple[Part, ...], group_of: Grouping) -> Iterator[Library]:
    versions: dict[str, list[str]] = {}
    symbols: dict[str, set[str]] = {}
    for part in parts:
        for name in part.needed:
            versions.setdefault(name, [])
        if part.format == "elf":
            for need in part.version_needs:
                versions.setdefault(need.library, []).extend(need.versions)
        elif part.format == "macho":
            for item in part.imports:
                symbols.setdefault(part.library_of(item), set()).add(item.name)
        else:
            for library in part.imports:
                versions.setdefault(library.name, [])
                symbols.setdefault(library.name, set()).update(
                    item.name or f"#{item.ordinal}" for item in library.symbols
                )
    for name, wanted in versions.items():
        yield Library(
            name,
            group_of(name),
            tuple(sorted(wanted, key=_version_key)),
            len(symbols.get(name, ())),
        )


def _version_key(text: str) -> tuple[str, tuple[int, ...]]:
    prefix, _, number = text.rpartition("_")
    return prefix, tuple(int(item) for item in number.split(".") if item.isdigit())


def _rpaths(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if part.format == "elf":
            yield from (*part.rpath, *part.runpath)
        elif part.format == "macho":
            yield from part.rpaths


def _build_id(part: Part) -> str:
    return part.uuid if part.format == "macho" else part.build_id


def _hardening(parts: Iterable[Part]) -> Iterator[tuple[str, str]]:
    words = {True: "yes", False: "no"}
    for part in parts:
        if part.format == "elf":
            yield "RELRO", part.relro
            yield "executable stack", words[part.has_executable_stack]
            yield "text relocations", words[part.has_text_relocations]
            if part.isa_level > 1:
                yield "instruction set", f"x86-64-v{part.isa_level}"
        elif part.format != "macho":
            flags = part.dll_flags
            yield (
                "ASLR",
                "high entropy"
                if flags & _HIGH_ENTROPY
                else words[bool(flags & _DYNAMIC_BASE)],
            )
            yield "no execution of data", words[bool(flags & _NX)]
            yield "control flow guard", words[bool(flags & _GUARD)]
            major, minor = part.linker_version
            yield "linker", f"{major}.{minor:02}"


def _sections(part: Part) -> Iterator[tuple[str, int]]:
    if part.format == "elf":
        for item in part.sections:
            if item.kind != _SHT_NOBITS:
                yield item.name, item.size
    elif part.format == "macho":
        for segment in part.segments:
            stored = 0
            for section in segment.sections:
                if section.is_stored:
                    stored += section.size
                    yield f"{section.segment},{section.name}", section.size
            if segment.name == "__LINKEDIT":
                yield segment.name, segment.file_size - stored
    else:
        for header in part.sections:
            yield header.name, header.size


def _is_debug(name: str) -> bool:
    plain = name.rpartition(" ")[2]
    return plain.startswith((*_DEBUG, "__DWARF,"))


def wheel_grouping(own: set[str], platforms: Sequence[str]) -> Grouping:
    """Return the function that says where a needed library comes from.

    `own` has the lower-case names of the wheel's binaries; `platforms` are its
    platform tags.
    """
    from ferrule.audit.windows_libraries import classify_dll

    windows = next((tag for tag in platforms if tag.startswith("win")), "")
    promised = _linux_libraries(platforms)

    def group_of(name: str) -> LibraryGroup:
        leaf = name.rpartition("/")[2].lower()
        is_placed = name.startswith(("/usr/lib/", "/System/"))
        if is_placed or leaf.startswith(_LOADERS):
            return "system"
        if leaf in own:
            return "grafted"
        if "Python.framework" in name or leaf.startswith(("libpython", "libpypy")):
            return "python"
        if leaf.endswith((".dll", ".drv")):
            return _DLLS[classify_dll(name, windows)]
        return "system" if name in promised else "external"

    return group_of


def _linux_libraries(platforms: Sequence[str]) -> frozenset[str]:
    """Return what the newest policies for these tags promise."""
    from ferrule.audit.policy import load_policies

    is_musl = any(tag.startswith("musllinux") for tag in platforms)
    arch = platforms[0].split("_", 3)[-1] if platforms else ""
    libc: Libc = "musl" if is_musl else "glibc"
    found = load_policies(libc, arch) or load_policies(libc, "x86_64")
    return found[-1].libraries


_LOADERS = ("ld-linux", "ld64.so.", "ld-musl-", "ld.so.", "libc.musl-")
_DLLS: Mapping[str, LibraryGroup] = {
    "system": "system",
    "api-set": "system",
    "runtime": "runtime",
    "python": "python",
    "external": "external",
}
