"""Repair of Windows wheels.

Windows finds DLLs by name only. Grafts lie in one folder that a few lines in
the package's `__init__.py` announce; where there is no such file, they lie
beside the module, which needs no announcement.
Source: Microsoft's "Dynamic-link library search order"; what CPython asks of it
is in its `Python/dynload_win.c`.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.repair import DataProgramError
from ferrule.formats.pe import PeFile
from ferrule.formats.pe_edit import PeEdit
from ferrule.repair.closure import Closure, Library, Linkage
from ferrule.repair.content import WheelContent, installed_path, scheme_of
from ferrule.repair.names import split_name
from ferrule.repair.plan import RepairPlan
from ferrule.repair.snippet import with_dll_folder
from ferrule.repair.wishes import Patterns, RepairWishes

if TYPE_CHECKING:
    from ferrule.formats.image import Image
    from ferrule.repair.search import Search

__all__ = ["PeLinkage", "plan_windows"]

_PYTHON = re.compile(r"(python|libpython|libpypy)\d[\w.]*\.dll$")
_DIGITS = 16

Pe = Library[PeFile]


class PeLinkage(Linkage[PeFile]):
    """How PE files name what they need."""

    def __init__(
        self,
        content: WheelContent,
        search: Search,
        is_system: Callable[[str], bool],
    ) -> None:
        """Take a function that tells whether every Windows has a DLL."""
        super().__init__(content, search)
        self._is_system = is_system
        self.own = {posixpath.basename(name).lower() for name in content.images}

    def needs(self, library: Pe) -> Iterable[str]:
        """Return the DLLs of both import tables."""
        return (*library.image.needed, *library.image.delayed)

    def is_system(self, name: str, library: Pe) -> bool:  # noqa: ARG002
        """Return whether Windows or Python brings it."""
        return bool(_PYTHON.match(name.lower())) or self._is_system(name.lower())

    def is_inside(self, name: str, library: Pe) -> bool:  # noqa: ARG002
        """Return whether a file of the wheel has the name."""
        return name.lower() in self.own

    def is_optional(self, name: str, library: Pe) -> bool:
        """Return whether it is only loaded when it is first called."""
        return name in library.image.delayed and name not in library.image.needed

    def candidates(self, name: str, library: Pe) -> Iterator[Path]:
        """Yield the folder of the library itself, then the given ones."""
        folders = [] if library.source is None else [library.source.parent]
        for folder in self.search.folders:
            folders.append(folder)
            if folder.name.lower() == "lib":
                # Import libraries are in `lib`, what they stand for in `bin`.
                folders.append(folder.parent / "bin")
        for folder in folders:
            yield _in_any_case(folder, name)

    def refusal(self, image: Image, library: Pe) -> str:
        """Compare the machines."""
        if not isinstance(image, PeFile):
            return "it is for another system"
        if image.machine != library.image.machine:
            return f"it is for {image.arch or hex(image.machine)}"
        return ""


def plan_windows(
    linkage: PeLinkage, closure: Closure[PeFile], wishes: RepairWishes
) -> RepairPlan:
    """Return the plan for a wheel whose closure is known.

    Raises `DataProgramError` for files that are installed away from libraries,
    and `ReadError`.
    """
    return _Planner(linkage.content, closure, wishes).plan()


class _Planner:
    def __init__(
        self, content: WheelContent, closure: Closure[PeFile], wishes: RepairWishes
    ) -> None:
        self.content = content
        self.closure = closure
        self.folder = f"{content.distribution}.libs"
        self.keeping = Patterns(wishes.no_mangle)
        self.names = {item: self._name(item) for item in closure.outside}
        self.announced: dict[str, bytes] = {}
        """New contents of `__init__.py` files by their paths."""

    def plan(self) -> RepairPlan:
        closure = self.closure
        edits = {}
        folders: dict[str, set[Pe]] = {}
        for path, library in closure.inside.items():
            if not library.needs:
                continue
            edit = self._edit(library)
            if edit is not None:
                edits[path] = edit
            folder = self._folder_for(path, library)
            folders.setdefault(folder, set()).update(_all_needs(library))
        included = {item for item in closure.outside if item.is_included}
        for item in included:
            folders.setdefault(self.folder, set()).update({item, *_all_needs(item)})
        if included:
            self._announce_for_included()
        grafts = []
        for folder in sorted(folders):
            for item in closure.outside:
                if item not in folders[folder]:
                    continue
                place = f"{folder}/{self.names[item]}".lstrip("/")
                grafts.append(closure.graft(item, place))
                edit = self._edit(item)
                if edit is not None:
                    edits[place] = edit
        return RepairPlan(
            grafts=tuple(grafts),
            edits=edits,
            texts=self.announced,
            left_out=closure.left_out,
            notes=tuple(closure.notes),
        )

    def _name(self, library: Pe) -> str:
        """Return a name that tells the content of the DLL and of all it needs.

        Windows keeps one DLL of a name per process, whoever loads it first.
        """
        keeps = self.keeping.find(library.asked, str(library.source))
        if library.is_included or keeps:
            return library.asked
        digest = hashlib.sha256(library.sha256.encode())
        for other in sorted(item.sha256 for item in _all_needs(library)):
            digest.update(other.encode())
        stem, suffix = split_name(library.asked)
        return f"{stem}-{digest.hexdigest()[:_DIGITS]}{suffix}"

    def _edit(self, library: Pe) -> PeEdit | None:
        imports = {
            old: self.names[item]
            for old, item in library.needs.items()
            if self.names[item].lower() != old.lower()
        }
        return PeEdit(imports) if imports else None

    def _folder_for(self, path: str, library: Pe) -> str:
        """Return where the libraries of a file go, and announce it."""
        scheme = scheme_of(path)
        if scheme == "scripts":
            # A program finds the DLLs beside it.
            return posixpath.dirname(path)
        if scheme:
            raise DataProgramError(path, sorted(library.needs))
        place = installed_path(path)
        if path.lower().endswith(".exe"):
            return posixpath.dirname(path)
        package = _outermost_package(self.content, place)
        if package is not None and self._announce(package):
            return self.folder
        return posixpath.dirname(path)

    def _announce(self, package: str) -> bool:
        """Change the package's `__init__.py`; False if it cannot be understood."""
        path = self.content.installed[f"{package}/__init__.py"]
        if path in self.announced:
            return True
        depth = package.count("/") + 1
        text = with_dll_folder(self.content.read(path), self.folder, depth)
        if text is None:
            return False
        self.announced[path] = text
        return True

    def _announce_for_included(self) -> None:
        for package in sorted(self.content.packages):
            if "/" not in package:
                self._announce(package)


def _all_needs(library: Pe) -> set[Pe]:
    """Return all grafts below a library."""
    found: set[Pe] = set()
    waiting = list(library.needs.values())
    while waiting:
        item = waiting.pop()
        if item not in found:
            found.add(item)
            waiting += item.needs.values()
    return found


def _outermost_package(content: WheelContent, place: str) -> str | None:
    """Return the first package on the way to a file; None if there is none.

    Importing the file runs the `__init__.py` of each of them.
    """
    parts = place.split("/")[:-1]
    for count in range(1, len(parts) + 1):
        folder = "/".join(parts[:count])
        if folder in content.packages:
            return folder
    return None


def _in_any_case(folder: Path, name: str) -> Path:
    """Return the file of a folder whose name is equal but for capitals."""
    path = folder / name
    if path.is_file():
        return path
    try:
        names = sorted(item.name for item in folder.iterdir())
    except OSError:
        return path
    found = (item for item in names if item.lower() == name.lower())
    return folder / next(found, name)
