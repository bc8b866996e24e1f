"""Which libraries a bundle for macOS needs, and what they are called in it.

Everything joins but what comes with macOS. A name that leads to a file of the
bundle is written as the way from the file that has it (dyld(1)), so that the
folder can be moved.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.closure.closed import (
    Closed,
    binary_sources,
    check_vital,
    may_be_unix_binary,
    needed_by,
    placed_chain,
)
from ferrule.bundle.model import BundleFile
from ferrule.formats.macho import MachOBinary, is_macho, read_macho
from ferrule.formats.macho_edit import MachOEdit, edit_macho
from ferrule.mapping import map_file
from ferrule.repair.closure import Closure, Library, find_closure
from ferrule.repair.content import WheelContent
from ferrule.repair.macho import MachOLinkage, needed_names, search_folders
from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes
from ferrule.wheel.content import Patched

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case

__all__ = ["close_over_dylibs"]

_SYSTEM: Final = ("/usr/lib/", "/System/")
_PYTHON: Final = re.compile(r"libpython3[\d.]*t?\.dylib$|Python[3T]*\.framework/")
MachO = Library[MachOBinary]


def close_over_dylibs(
    files: Sequence[BundleFile], program: str, libpython: str, *, case: Case
) -> Closed:
    """Return the files with all libraries that they need, named by their places.

    `program` and `libpython` are the paths of these two. Raises
    `BundleLibrariesError` if they lack one, `ReadError`, `BrokenMachOError` and
    `HeaderSpaceError`.
    """
    sources = binary_sources(files, may_be_unix_binary, is_macho)
    images = {path: read_macho(source) for path, source in sources.items()}
    wishes = RepairWishes(
        exclude=case.settings.system_libraries,
        lib_paths=tuple(Path(item) for item in case.settings.lib_paths),
        sysroots=case.sysroots,
        uses_host=not case.sysroots,
        names_missing=True,
    )
    linkage = _BundleLinkage(images, sources, wishes, program, libpython)
    closure = find_closure(linkage, dict(images), wishes)
    check_vital(closure, files)
    names = _Names(linkage, closure, posixpath.dirname(libpython), program)
    packed = [names.edited(item) for item in files]
    packed += names.outside()
    every = [*images.values(), *(item.image for item in closure.outside)]
    return Closed(
        tuple(packed),
        tuple(sorted(closure.left_out.items())),
        tuple(closure.notes),
        _oldest_system(every),
    )


class _BundleLinkage(MachOLinkage):
    """The rules of dyld, for files that lie where they will be copied from."""

    def __init__(
        self,
        images: Mapping[str, MachOBinary],
        sources: Mapping[str, Path],
        wishes: RepairWishes,
        program: str,
        libpython: str,
    ) -> None:
        content = WheelContent("bundle", [*sources], images, sources.__getitem__)
        super().__init__(content, Search(wishes))
        self.sources = sources
        self.program = program
        self.libpython = libpython

    def is_system(self, name: str, library: MachO) -> bool:  # noqa: ARG002
        """Return whether it comes with macOS."""
        return name.startswith(_SYSTEM)

    def inside_path(self, name: str, library: MachO) -> str | None:
        """Return the place in the bundle that a name leads to."""
        if _PYTHON.search(name):
            return self.libpython
        head, _, rest = name.partition("/")
        if head == "@executable_path":
            folder = posixpath.dirname(self.program)
            place = posixpath.normpath(posixpath.join(folder, rest))
            return place if place in self.content.installed else None
        return super().inside_path(name, library)

    def candidates(self, name: str, library: MachO) -> Iterator[Path]:
        """Yield the places, as seen from where the files lie now."""
        return super().candidates(name, placed_chain(library, self.sources))


class _Names:
    """What the files of a bundle call each other."""

    def __init__(
        self,
        linkage: _BundleLinkage,
        closure: Closure[MachOBinary],
        folder: str,
        program: str,
    ) -> None:
        self.linkage = linkage
        self.closure = closure
        self.program = program
        self.places: dict[MachO, str] = {}
        taken = {posixpath.basename(path).lower() for path in linkage.content.images}
        for item in closure.outside:
            base = posixpath.basename(item.asked)
            # File systems of macOS do not tell capitals apart.
            name = f"{item.sha256[:8]}-{base}" if base.lower() in taken else base
            taken.add(name.lower())
            self.places[item] = posixpath.join(folder, name)

    def edited(self, item: BundleFile) -> BundleFile:
        """Return a file of the bundle as it is packed."""
        library = self.closure.inside.get(item.path)
        if library is None or not isinstance(item.content, Path):
            return item
        is_python = item.path == self.linkage.libpython
        return self._changed(item, library, item.content, has_new_name=is_python)

    def outside(self) -> Iterator[BundleFile]:
        """Yield the libraries that join."""
        for library, place in self.places.items():
            if library.source is None:
                continue
            item = BundleFile(
                place,
                library.source,
                "library",
                needed_by(self.closure, library),
                owner=posixpath.basename(place),
                origin=library.source,
            )
            yield self._changed(item, library, library.source, has_new_name=True)

    def _changed(
        self, item: BundleFile, library: MachO, source: Path, *, has_new_name: bool
    ) -> BundleFile:
        image = library.image
        libraries = {
            old: new
            for old in needed_names(image)
            if (new := self._name(old, library, item.path)) != old
        }
        folders = search_folders(image)
        # Absolute ones are of the machine that built it.
        kept = tuple(text for text in folders if text.startswith("@"))
        edit = MachOEdit(
            install_name=self._way(item.path, item.path) if has_new_name else None,
            libraries=libraries,
            rpaths=None if kept == folders else kept,
        )
        if not (libraries or has_new_name or kept != folders):
            return item
        data = map_file(source)
        return replace(item, content=Patched(edit_macho(data, edit, item.path), data))

    def _name(self, old: str, library: MachO, place: str) -> str:
        joined = library.needs.get(old)
        target = self.places.get(joined) if joined is not None else None
        if target is None and not old.startswith(_SYSTEM):
            target = self.linkage.inside_path(old, library)
        if target is None or _leads_to(old, place) == target:
            return old
        return self._way(place, target)

    def _way(self, place: str, target: str) -> str:
        head = "@executable_path" if place == self.program else "@loader_path"
        below = posixpath.relpath(target, posixpath.dirname(place) or ".")
        return f"{head}/{below}"


def _leads_to(name: str, place: str) -> str:
    """Return where a name leads by itself, without search folders."""
    head, _, rest = name.partition("/")
    if head != "@loader_path":
        return ""
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), rest))


def _oldest_system(images: Sequence[MachOBinary]) -> str:
    versions = [
        tuple(map(int, part.minimum_os.split(".")))
        for image in images
        for part in image.slices
        if part.minimum_os
    ]
    return f"macOS {'.'.join(map(str, max(versions)))}" if versions else ""
