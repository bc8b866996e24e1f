"""Which of a wheel's ELF files find each other when they are loaded.

The rules are those of `ld.so(8)`: DT_RPATH of the file and of those that led to
it, unless it has DT_RUNPATH; then its DT_RUNPATH; and a library that is loaded
already is found by its name. Only folders inside the wheel are looked at.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile

__all__ = ["Closure", "installed_path", "is_loader", "resolve"]


@dataclass(frozen=True)
class Closure:
    """What the files of a wheel need, found and not found in it."""

    found: Mapping[tuple[str, str], str]
    """File and library to the file that it finds."""
    missing: Mapping[str, tuple[str, ...]]
    """File to the libraries that it does not find in the wheel."""
    hidden: Mapping[tuple[str, str], str]
    """File and library to a file of that name which it does not find."""

    @property
    def own(self) -> tuple[str, ...]:
        """Return the files that others find, sorted."""
        return tuple(sorted(set(self.found.values())))


def resolve(files: Mapping[str, ElfFile]) -> Closure:
    """Return which libraries the files find among themselves."""
    found: dict[tuple[str, str], str] = {}
    missing: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    wanted = {library for elf in files.values() for library in elf.needed}
    paths = sorted(files)
    roots = [path for path in paths if not wanted & _names(path, files[path])]
    # Files that need each other in a circle have no root.
    for start in (*roots, *(path for path in paths if path not in roots)):
        if start in seen and start not in roots:
            continue
        for path, library, target in _walk(start, files):
            seen.add(path)
            if target:
                found[path, library] = target
            else:
                missing.setdefault(path, {})[library] = None
    for path, libraries in missing.items():
        for library in libraries:
            found.pop((path, library), None)
    hidden = {
        (path, library): place
        for path, libraries in missing.items()
        for library in libraries
        for place in _of_name(library, files, files[path])
    }
    return Closure(found, {path: tuple(item) for path, item in missing.items()}, hidden)


def is_loader(library: str) -> bool:
    """Return whether a library is the dynamic loader itself."""
    return library.startswith(("ld-linux", "ld64.so.", "ld-musl-", "ld.so."))


def installed_path(path: str) -> str:
    """Return where a file of a wheel is, seen from site-packages.

    >>> installed_path("a-1.0.data/platlib/a/core.so")
    'a/core.so'
    """
    parts = path.split("/", 2)
    is_moved = len(parts) == 3 and parts[0].endswith(".data")
    return parts[2] if is_moved and parts[1] in ("platlib", "purelib") else path


def _names(path: str, elf: ElfFile) -> set[str]:
    return {posixpath.basename(path), elf.soname}


def _walk(
    start: str, files: Mapping[str, ElfFile]
) -> Iterator[tuple[str, str, str | None]]:
    """Load a file as the loader does: breadth first, each library once."""
    places = {installed_path(path): path for path in files}
    places.update({path: path for path in files})
    loaded = {name: start for name in _names(start, files[start]) if name}
    queue: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    for path, inherited in queue:
        elf = files[path]
        own_rpath = () if elf.runpath else tuple(_folders(path, elf.rpath))
        # What a RUNPATH hides is the RPATHs of the file and of its users.
        chain = () if elf.runpath else (*own_rpath, *inherited)
        passed_on = (*own_rpath, *inherited)
        folders = (*chain, *_folders(path, elf.runpath))
        for library in elf.needed:
            if is_loader(library):
                continue
            target = loaded.get(library) or _search(library, folders, places)
            if target and target not in loaded.values():
                queue.append((target, passed_on))
            if target:
                loaded.update(dict.fromkeys(_names(target, files[target]), target))
            yield path, library, target


def _folders(path: str, rpath: Sequence[str]) -> Iterator[str]:
    """Yield the folders of a search path that are inside the wheel."""
    for origin in dict.fromkeys(
        (posixpath.dirname(installed_path(path)), posixpath.dirname(path))
    ):
        for entry in rpath:
            folder = entry.replace("${ORIGIN}", "$ORIGIN")
            if not folder.startswith("$ORIGIN"):
                continue
            rest = folder[len("$ORIGIN") :].lstrip("/")
            found = posixpath.normpath(posixpath.join(origin or ".", rest))
            if not found.startswith(".."):
                yield "" if found == "." else found


def _search(
    library: str, folders: Iterable[str], places: Mapping[str, str]
) -> str | None:
    if "/" in library:
        return None
    for folder in folders:
        target = places.get(posixpath.join(folder, library))
        if target:
            return target
    return None


def _of_name(
    library: str, files: Mapping[str, ElfFile], user: ElfFile
) -> Iterator[str]:
    for path in sorted(files):
        if library in _names(path, files[path]) and files[path].arch == user.arch:
            yield path
            return
