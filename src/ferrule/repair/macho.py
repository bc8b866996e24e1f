"""Repair of macOS wheels."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.repair import DataProgramError
from ferrule.formats.macho import MachOBinary
from ferrule.formats.macho_edit import MachOEdit
from ferrule.repair.closure import Closure, Library, Linkage
from ferrule.repair.content import WheelContent, installed_path, scheme_of
from ferrule.repair.names import hashed_name
from ferrule.repair.plan import Graft, RepairPlan
from ferrule.repair.wishes import Patterns, RepairWishes

if TYPE_CHECKING:
    from ferrule.formats.image import Image

__all__ = ["MachOLinkage", "plan_macho"]

_SYSTEM = ("/usr/lib/", "/System/Library/", "/System/iOSSupport/")
_PYTHON = re.compile(r"(libpython|libpypy)\d[^/]*\.dylib$|/?Python[3T]*\.framework/")
_PROGRAM = 2

MachO = Library[MachOBinary]


class MachOLinkage(Linkage[MachOBinary]):
    """How Mach-O files name what they need (dyld(1))."""

    def needs(self, library: MachO) -> Iterable[str]:
        """Return the names in the load commands of all slices."""
        return needed_names(library.image)

    def is_system(self, name: str, library: MachO) -> bool:  # noqa: ARG002
        """Return whether it comes with macOS, or is Python itself."""
        return name.startswith(_SYSTEM) or _PYTHON.search(name) is not None

    def is_inside(self, name: str, library: MachO) -> bool:
        """Return whether a file of the wheel is where the name leads to."""
        return self.inside_path(name, library) is not None

    def inside_path(self, name: str, library: MachO) -> str | None:
        """Return the place below site-packages that a name leads to."""
        for place in self._inside_places(name, library):
            if place in self.content.installed:
                return place
        return None

    def _inside_places(self, name: str, library: MachO) -> Iterator[str]:
        folder = posixpath.dirname(installed_path(library.path))
        head, _, rest = name.partition("/")
        if head == "@loader_path" and library.path:
            yield posixpath.normpath(posixpath.join(folder, rest))
        elif head == "@rpath":
            # Search folders are inherited from whatever loads the library.
            for path, image in self.content.images.items():
                if isinstance(image, MachOBinary):
                    for text in search_folders(image):
                        base = loader_folder(text, installed_path(path))
                        if base is not None:
                            yield posixpath.normpath(posixpath.join(base, rest))

    def candidates(self, name: str, library: MachO) -> Iterator[Path]:
        """Yield the places in the order of dyld, then the given folders."""
        head, _, rest = name.partition("/")
        if head == "@rpath":
            for item in (library, *library.chain):
                for text in search_folders(item.image):
                    yield from self._located(text, rest, item)
        elif head in ("@loader_path", "@executable_path"):
            yield from self._located(head, rest, library)
        elif name.startswith("/"):
            yield from self.search.below_roots(name)
        inner = _framework_path(name)
        for folder in self.search.folders:
            if inner:
                yield folder / inner
            yield folder / posixpath.basename(name)

    def _located(self, base: str, rest: str, owner: MachO) -> Iterator[Path]:
        head, _, more = base.partition("/")
        if head == "@loader_path":
            if owner.source is not None:
                yield owner.source.parent / more / rest
        elif base.startswith("/"):
            for folder in self.search.below_roots(base):
                yield folder / rest

    def refusal(self, image: Image, library: MachO) -> str:
        """Tell which slices are missing."""
        if not isinstance(image, MachOBinary):
            return "it is for another system"
        wanted = {item.arch for item in library.image.slices}
        present = {item.arch for item in image.slices}
        if wanted <= present:
            return ""
        missing = ", ".join(sorted(wanted - present))
        return f"it is for {', '.join(sorted(present))}, not for {missing}"

    def is_optional(self, name: str, library: MachO) -> bool:
        """Return whether every slice only links it weakly."""
        kinds = {
            item.kind
            for part in library.image.slices
            for item in part.libraries
            if item.name == name
        }
        return kinds == {"weak"}

    def short(self, name: str) -> str:
        """Return the file name."""
        return posixpath.basename(name)


def plan_macho(
    linkage: MachOLinkage, closure: Closure[MachOBinary], wishes: RepairWishes
) -> RepairPlan:
    """Return the plan for a wheel whose closure is known.

    Raises `DataProgramError` for files that no search path can reach.
    """
    return _Planner(linkage, closure, wishes).plan()


class _Planner:
    def __init__(
        self,
        linkage: MachOLinkage,
        closure: Closure[MachOBinary],
        wishes: RepairWishes,
    ) -> None:
        self.linkage = linkage
        self.content = linkage.content
        self.closure = closure
        self.folder = _libraries_folder(self.content, closure)
        self.programs = f"{self.content.distribution}.scripts"
        self.keeping = Patterns(wishes.no_mangle)
        self.names = self._names()

    def plan(self) -> RepairPlan:
        closure = self.closure
        edits, moves, texts = {}, {}, {}
        for path, library in closure.inside.items():
            if not library.needs and not any(library.provided.values()):
                continue
            place, scheme = installed_path(path), scheme_of(path)
            if scheme == "scripts" and library.needs:
                from ferrule.repair.shim import shim_text

                name = posixpath.basename(path)
                place = moves[path] = f"{self.programs}/{name}"
                texts[path] = shim_text(self.programs, name)
            elif scheme:
                raise DataProgramError(path, sorted(library.needs))
            edits[path] = self._edit(library, place)
        for library in closure.outside:
            place = f"{self.folder}/{self.names[library]}"
            edits[place] = self._edit(library, place)
        return RepairPlan(
            grafts=self._grafts(),
            edits=edits,
            texts=texts,
            moves=moves,
            left_out=closure.left_out,
            notes=tuple(closure.notes),
        )

    def _grafts(self) -> tuple[Graft, ...]:
        return tuple(
            self.closure.graft(item, f"{self.folder}/{self.names[item]}")
            for item in self.closure.outside
        )

    def _names(self) -> dict[MachO, str]:
        """Return the file names of grafts; digits tell apart what is named alike."""
        taken = {
            posixpath.basename(place).lower()
            for place in self.content.installed
            if posixpath.dirname(place) == self.folder
        }
        names = {}
        bases = [posixpath.basename(item.asked) for item in self.closure.outside]
        for item, base in zip(self.closure.outside, bases):
            # File systems of macOS do not tell capitals apart.
            folded = base.lower()
            count = sum(other.lower() == folded for other in bases)
            if folded in taken or (count > 1 and not item.is_included):
                base = hashed_name(base, item.sha256[:8])  # noqa: PLW2901
            names[item] = base
        return names

    def _edit(self, library: MachO, place: str) -> MachOEdit:
        """Return the edit of a file that lies at `place` below site-packages."""
        libraries = {
            old: _loader(place, f"{self.folder}/{self.names[item]}")
            for old, item in library.needs.items()
        }
        for old, folder in library.provided.items():
            if folder:
                name = f"{folder}/{posixpath.basename(old)}"
                libraries[old] = _loader(place, name)
        install_name = None
        if not library.path:
            for name in needed_names(library.image):
                own = self.linkage.inside_path(name, library)
                if own is not None:
                    libraries[name] = _loader(place, own)
            # Libraries of several wheels that are called alike must not be taken
            # for each other; nothing is ever linked to this name.
            name = self.names[library]
            install_name = f"/DLC/{self.folder}/{name}"
        return MachOEdit(
            install_name=install_name,
            libraries={old: new for old, new in libraries.items() if old != new},
            rpaths=_sanitised(library.image, place),
        )


def needed_names(image: MachOBinary) -> tuple[str, ...]:
    """Return what any slice needs, except itself."""
    own = {item.install_name for item in image.slices}
    names = (name for item in image.slices for name in item.needed)
    return tuple(name for name in dict.fromkeys(names) if name not in own)


def search_folders(image: MachOBinary) -> tuple[str, ...]:
    """Return the search folders of any slice."""
    return tuple(dict.fromkeys(text for item in image.slices for text in item.rpaths))


def loader_folder(text: str, path: str) -> str | None:
    """Return the folder below site-packages that a search folder names.

    >>> loader_folder("@loader_path/.dylibs", "pkg/x.so")
    'pkg/.dylibs'
    """
    head, _, rest = text.partition("/")
    if head != "@loader_path":
        return None
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), rest))
    return None if folder.startswith("..") else folder


def _sanitised(image: MachOBinary, place: str) -> tuple[str, ...] | None:
    """Return the search folders inside of site-packages; None if all are."""
    old = search_folders(image)
    kept = tuple(text for text in old if loader_folder(text, place) is not None)
    return None if kept == old else kept


def _loader(place: str, target: str) -> str:
    relative = posixpath.relpath(target, posixpath.dirname(place) or ".")
    return f"@loader_path/{relative}"


def _framework_path(name: str) -> str:
    """Return `X.framework/...` of a name that leads into a framework."""
    found = re.search(r"[^/]+\.framework/.*", name)
    return found.group() if found else ""


def _libraries_folder(content: WheelContent, closure: Closure[MachOBinary]) -> str:
    """Return the package's own folder if one package needs them all."""
    tops = {
        installed_path(path).partition("/")[0]
        for path, library in closure.inside.items()
        if library.needs and not scheme_of(path)
    }
    whole = {path for path, library in closure.inside.items() if library.needs}
    if len(tops) == 1 and not any(map(scheme_of, whole)):
        (top,) = tops
        if top in content.packages:
            return f"{top}/.dylibs"
    return f"{content.distribution}.dylibs"
