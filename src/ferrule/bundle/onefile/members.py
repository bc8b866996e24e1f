"""Sorts the files of a bundle into what the importer of a single file looks for.

The rules are those of `importlib.machinery.FileFinder`: a package before a module
of its name, an extension module before a source, a source before bytecode, and a
folder without `__init__` is a namespace.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ferrule.bundle.onefile.circles import (
    descriptor_path,
    find_circles,
    needs_in_order,
)
from ferrule.bundle.onefile.payload import ModuleMember, Payload, PayloadFacts
from ferrule.errors.bundle import DecompressorError
from ferrule.formats.elf import is_elf, read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf

Circle = tuple[tuple[int, str], ...]
__all__ = ["make_payload"]

_PYC_HEADER_BYTES: Final = 16
_BEFORE_DECOMPRESSION: Final = frozenset(
    {
        *("_ferrule_beside", "_ferrule_cache", "_ferrule_files", "_ferrule_natives"),
        *("_ferrule_resources", "_ferrule_sweeping"),
        *("_collections_abc", "abc", "codecs", "encodings", "genericpath", "io", "os"),
        *("posixpath", "stat", "zlib"),
    }
)
"""What runs before the first compressed member can be read, or reads it."""


@dataclass
class _Found:
    """What was seen in the files of one bundle."""

    modules: dict[str, ModuleMember] = field(default_factory=dict)
    libraries: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def make_payload(
    files: Mapping[str, bytes],
    facts: PayloadFacts,
    *,
    suffixes: Sequence[str],
    own: Mapping[str, bytes],
    builtins: Iterable[str] = (),
    compress: bool = False,
) -> Payload:
    """Return the payload of files by their paths below the program.

    `suffixes` are the endings of extension modules, the longest first; `own` is
    the marshalled code of the importer's modules by name; `builtins` are modules
    that the program itself holds. Raises `DecompressorError` and `BrokenElfError`.
    """
    sorter = _Sorter(files, facts.roots, suffixes)
    for path in sorted(files):
        sorter.sort(path)
    found = sorter.found
    _add_namespaces(found, facts.roots)
    for name, code in own.items():
        found.modules[name] = ModuleMember("module", f"{name}.pyc", code)
    needs, circles = _find_needs(found)
    plain = _plain_libraries(found, needs)
    if compress and "zlib" not in found.modules and "zlib" not in builtins:
        raise DecompressorError
    modules = {
        name: replace(member, is_plain=name.split(".")[0] in _BEFORE_DECOMPRESSION)
        for name, member in found.modules.items()
    }
    return Payload(
        facts,
        modules,
        found.libraries,
        needs,
        found.files,
        plain=plain,
        compress=compress,
        circles=circles,
    )


class _Sorter:
    """Decides about one file after the other."""

    def __init__(
        self, files: Mapping[str, bytes], roots: Sequence[str], suffixes: Sequence[str]
    ) -> None:
        self.found = _Found()
        self._files = files
        self._roots = roots
        self._suffixes = suffixes
        self._ranks: dict[str, int] = {}
        self._compiled = {
            _source_of(path): path for path in sorted(files, reverse=True)
        }

    def sort(self, path: str) -> None:
        """Take one file into what was found."""
        folder, base = posixpath.split(path)
        if posixpath.basename(folder) == "__pycache__":
            return  # taken with its source
        content, found = self._files[path], self.found
        stem, kind, rank = _classify(base, self._suffixes)
        name = _dotted(folder, stem, self._roots) if stem else None
        if name is None or kind == "data":
            _add_data(path, content, found)
            return
        if kind == "source":
            found.files[path] = content
            if path not in self._compiled:
                return  # Python could not compile it, so it is no module
            content = self._files[self._compiled[path]]
        rank += 10 if stem == "__init__" else 0
        if rank <= self._ranks.get(name, 0):
            if kind == "extension":
                found.libraries[path] = content
            return
        self._ranks[name] = rank
        if kind == "extension":
            found.modules[name] = ModuleMember("extension", path, content)
            return
        code = content[_PYC_HEADER_BYTES:]
        is_package = stem == "__init__"
        found.modules[name] = ModuleMember(
            "package" if is_package else "module", path, code
        )


def _source_of(path: str) -> str:
    """Return the source that a bytecode file was made from; empty for others."""
    if not path.endswith(".pyc"):
        return ""
    folder, base = posixpath.split(path)
    if posixpath.basename(folder) == "__pycache__":
        folder, base = posixpath.dirname(folder), f"{base.partition('.')[0]}.pyc"
    return posixpath.join(folder, base[:-1])


def _classify(base: str, suffixes: Sequence[str]) -> tuple[str, str, int]:
    """Return the module's own name, what the file is, and what goes before what."""
    for suffix in suffixes:
        if base.endswith(suffix):
            return base[: -len(suffix)], "extension", 3
    if base.endswith(".py"):
        return base[: -len(".py")], "source", 2
    if base.endswith(".pyc"):
        return base[: -len(".pyc")], "bytecode", 1
    return "", "data", 0


def _dotted(folder: str, stem: str, roots: Sequence[str]) -> str | None:
    """Return the full name of a module in a folder; None if it cannot have one."""
    fitting = [root for root in roots if f"{folder}/".startswith(f"{root}/")]
    if not fitting:
        return None
    root = max(fitting, key=len)
    rest = folder[len(root) + 1 :]
    parts = rest.split("/") if rest else []
    if stem != "__init__":
        parts.append(stem)
    # `__import__` takes any name without a dot: _sysconfigdata__linux_x86_64-linux-gnu.
    if not parts or any("." in part for part in parts):
        return None
    return ".".join(parts)


def _add_data(path: str, content: bytes, found: _Found) -> None:
    if is_elf(content) and read_elf(content, path).kind == 3:
        found.libraries[path] = content
    else:
        found.files[path] = content


def _add_namespaces(found: _Found, roots: Sequence[str]) -> None:
    """Add the folders without `__init__`, as every Python since 3.3 sees them."""
    paths = [
        *found.files,
        *found.libraries,
        *(member.path for member in found.modules.values()),
    ]
    done: set[str] = set(roots)
    for path in sorted(paths):
        folder = posixpath.dirname(path)
        while folder and folder not in done:
            done.add(folder)
            above, _, last = folder.rpartition("/")
            name = _dotted(above, last, roots) if last.isidentifier() else None
            if name is not None and name not in found.modules:
                found.modules[name] = ModuleMember("namespace", folder)
            folder = above


def _find_needs(found: _Found) -> tuple[dict[str, tuple[str, ...]], dict[str, Circle]]:
    """Return what each library needs from the bundle, deepest first, and circles.

    Libraries that need each other are changed, so that they need descriptors.
    """
    contents = {
        **found.libraries,
        **{
            member.path: member.content
            for member in found.modules.values()
            if member.kind == "extension"
        },
    }
    needed: dict[str, tuple[str, ...]] = {}
    places: dict[str, str] = {}
    for path in sorted(contents):
        if not is_elf(contents[path]):
            continue
        elf = read_elf(contents[path], path)
        needed[path] = elf.needed
        if path not in found.libraries:
            continue
        if not elf.soname:
            found.libraries[path] = _named(contents[path], path)
        for name in (elf.soname or posixpath.basename(path), posixpath.basename(path)):
            places.setdefault(name, path)
    result: dict[str, tuple[str, ...]] = {}
    for path in needed:
        order: list[str] = []
        _collect(path, needed, places, order, {path})
        if order:
            result[path] = tuple(order)
    circles = find_circles(result)
    for path, circle in circles.items():
        numbers = {place: number for number, place in circle}
        renamed = {
            name: descriptor_path(numbers[places[name]])
            for name in needed[path]
            if places.get(name) in numbers
        }
        found.libraries[path] = _edited(
            found.libraries[path], ElfEdit(needed=renamed), path
        )
    return (needs_in_order(result, circles) if circles else result), circles


def _named(content: bytes, path: str) -> bytes:
    """Return a library with its file name as SONAME: a file of memory has no other."""
    return _edited(content, ElfEdit(soname=posixpath.basename(path)), path)


def _edited(content: bytes, edit: ElfEdit, path: str) -> bytes:
    patch = edit_elf(content, edit, path)
    return b"".join(bytes(part) for part in patch.chunks(content))


def _collect(
    path: str,
    needed: Mapping[str, tuple[str, ...]],
    places: Mapping[str, str],
    order: list[str],
    seen: set[str],
) -> None:
    for name in needed.get(path, ()):
        place = places.get(name)
        if place is None or place in seen:
            continue
        seen.add(place)
        _collect(place, needed, places, order, seen)
        order.append(place)


def _plain_libraries(
    found: _Found, needs: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """Return the libraries that the decompressor itself needs."""
    zlib = found.modules.get("zlib")
    return frozenset(needs.get(zlib.path, ())) if zlib is not None else frozenset()
