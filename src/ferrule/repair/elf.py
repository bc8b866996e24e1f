"""Repair of Linux wheels, and of others whose binaries are ELF."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.repair import DataProgramError
from ferrule.formats.elf import ElfFile
from ferrule.repair.closure import Closure, Library, Linkage
from ferrule.repair.content import WheelContent, installed_path, scheme_of
from ferrule.repair.names import hashed_name
from ferrule.repair.plan import Graft, RepairPlan
from ferrule.repair.wishes import Patterns, RepairWishes

if TYPE_CHECKING:
    from ferrule.formats.elf_edit import ElfEdit
    from ferrule.formats.image import Image
    from ferrule.repair.search import Search

__all__ = ["ElfLinkage", "plan_elf"]

_LOADERS = ("ld-linux", "ld64.so.", "ld-musl-", "ld.so.", "linux-vdso.", "linux-gate.")
_PYTHON_STEMS = ("libpython", "libpypy")
_ARM, _ARM_SOFT, _ARM_HARD = 40, 0x200, 0x400
_EXECUTABLE = 2

Elf = Library[ElfFile]


class ElfLinkage(Linkage[ElfFile]):
    """How ELF files name what they need (ld.so(8))."""

    def __init__(
        self, content: WheelContent, search: Search, promised: frozenset[str]
    ) -> None:
        """Take the libraries that the wheel's platform promises."""
        super().__init__(content, search)
        self.promised = promised
        self.own = _own_names(content)

    def needs(self, library: Elf) -> Iterable[str]:
        """Return the names in DT_NEEDED."""
        return library.image.needed

    def short(self, name: str) -> str:
        """Return the file name: what has no name of its own is needed by its path."""
        return posixpath.basename(name)

    def is_system(self, name: str, library: Elf) -> bool:  # noqa: ARG002
        """Return whether the platform promises it, or it is Python itself."""
        if name in self.promised or name.startswith((*_LOADERS, "libc.musl-")):
            return True
        return is_libpython(name)

    def is_inside(self, name: str, library: Elf) -> bool:
        """Return whether a file of the wheel answers to the name."""
        return any(
            image is not library.image and not self.refusal(image, library)
            for image in self.own.get(posixpath.basename(name), ())
        )

    def candidates(self, name: str, library: Elf) -> Iterator[Path]:
        """Yield the places in the order of the loader."""
        if "/" in name:
            yield from self.search.below_roots(name)
            name = posixpath.basename(name)
        elif not library.image.runpath:
            for item in (library, *library.chain):
                yield from self._below(item, item.image.rpath, name)
        yield from self._below(library, library.image.runpath, name)
        for folder in self.search.folders:
            yield folder / name

    def _below(self, owner: Elf, paths: Iterable[str], name: str) -> Iterator[Path]:
        for text in paths:
            path = text.replace("${ORIGIN}", "$ORIGIN")
            for variable in ("$LIB", "${LIB}"):
                path = path.replace(variable, "lib")
            if path.startswith("$ORIGIN"):
                if owner.source is not None:
                    rest = path[len("$ORIGIN") :].lstrip("/")
                    yield owner.source.parent / rest / name
            elif path.startswith("/") and "$" not in path:
                for folder in self.search.below_roots(path):
                    yield folder / name

    def refusal(self, image: Image, library: Elf) -> str:
        """Compare class, machine, byte order, float ABI and C library."""
        mine = library.image
        if not isinstance(image, ElfFile):
            return "it is for another system"
        if (image.bits, image.machine, image.is_little_endian) != (
            mine.bits,
            mine.machine,
            mine.is_little_endian,
        ):
            return f"it is for {image.arch or f'machine {image.machine}'}"
        floats = {item.flags & (_ARM_SOFT | _ARM_HARD) for item in (image, mine)} - {0}
        if mine.machine == _ARM and len(floats) > 1:
            return "its float ABI is another one"
        libcs = {_libc(image), _libc(mine)} - {""}
        if len(libcs) > 1:
            return f"it is linked to {_libc(image)}"
        return ""


def is_libpython(name: str) -> bool:
    """Return whether a library is Python's own.

    >>> is_libpython("libpython3.12.so.1.0"), is_libpython("libpythonic.so")
    (True, False)
    """
    # A library without a name of its own is needed by its path.
    base = posixpath.basename(name)
    stems = [stem for stem in _PYTHON_STEMS if base.startswith(stem)]
    return any(base[len(stem) :][:1].isdigit() for stem in stems)


def plan_elf(
    linkage: ElfLinkage,
    closure: Closure[ElfFile],
    wishes: RepairWishes,
    *,
    is_android: bool = False,
) -> RepairPlan:
    """Return the plan for a wheel whose closure is known.

    Raises `DataProgramError` for files that no search path can reach.
    """
    return _Planner(linkage, closure, wishes, is_android).plan()


class _Planner:
    def __init__(
        self,
        linkage: ElfLinkage,
        closure: Closure[ElfFile],
        wishes: RepairWishes,
        is_android: bool,  # noqa: FBT001
    ) -> None:
        self.linkage = linkage
        self.content = linkage.content
        self.closure = closure
        self.wishes = wishes
        self.is_android = is_android
        self.folder = f"{self.content.distribution}.libs"
        self.programs = f"{self.content.distribution}.scripts"
        self.notes: list[str] = []
        keeping = Patterns(wishes.no_mangle)
        self.names = {item: self._name(item, keeping) for item in closure.outside}

    def plan(self) -> RepairPlan:
        closure = self.closure
        edits = {}
        moves, texts = {}, {}
        for path, library in closure.inside.items():
            edit = self._inside_edit(library)
            if edit is None:
                continue
            edits[path] = edit
            scheme = scheme_of(path)
            if not library.needs or not scheme:
                continue
            if scheme != "scripts":
                raise DataProgramError(path, sorted(library.needs))
            from ferrule.repair.shim import shim_text

            moves[path] = f"{self.programs}/{posixpath.basename(path)}"
            texts[path] = shim_text(self.programs, posixpath.basename(path))
        for library in closure.outside:
            edit = self._graft_edit(library)
            if edit is not None:
                edits[f"{self.folder}/{self.names[library]}"] = edit
        return RepairPlan(
            grafts=self._grafts(),
            edits=edits,
            texts=texts,
            moves=moves,
            left_out=closure.left_out,
            notes=(*closure.notes, *self.notes),
        )

    def _grafts(self) -> tuple[Graft, ...]:
        return tuple(
            self.closure.graft(item, f"{self.folder}/{self.names[item]}")
            for item in self.closure.outside
        )

    def _name(self, library: Elf, keeping: Patterns) -> str:
        # What is opened at run time is opened under its own name.
        if library.is_included or keeping.find(library.asked, str(library.source)):
            return library.asked
        name = library.source.name if library.source else library.asked
        return hashed_name(name, library.sha256[:8])

    def _inside_edit(self, library: Elf) -> ElfEdit | None:
        needed = self._renamed(library)
        image = library.image
        if not image.interpreter and image.kind != _EXECUTABLE:
            needed.update({name: "" for name in image.needed if is_libpython(name)})
        folders = {self.folder} if library.needs else set()
        if self._opens_libraries(library):
            folders.add(self.folder)
        folders |= set(library.provided.values()) - {""}
        folders |= self._unreached(library)
        path = installed_path(library.path)
        if library.needs and scheme_of(library.path) == "scripts":
            path = f"{self.programs}/{posixpath.basename(path)}"
        rpath = self._rpath(image, path, folders)
        return self._edit(library, needed, rpath, soname=None)

    def _graft_edit(self, library: Elf) -> ElfEdit | None:
        name = self.names[library]
        folders = {self.folder} if library.needs else set()
        folders |= set(library.provided.values()) - {""}
        for own in library.image.needed:
            folders |= set(map(posixpath.dirname, self._places.get(own, ())[:1]))
        rpath: tuple[str, ...] | None = tuple(
            _origin(f"{self.folder}/{name}", folder) for folder in sorted(folders)
        )
        image = library.image
        if rpath == (image.runpath if self.is_android else image.rpath) and not (
            image.rpath if self.is_android else image.runpath
        ):
            rpath = None
        soname = name if image.soname != name else None
        return self._edit(library, self._renamed(library), rpath, soname=soname)

    def _renamed(self, library: Elf) -> dict[str, str]:
        """Return the new names of grafts; the old ones where the file is shared."""
        return {
            old: self.names[item]
            for old, item in library.needs.items()
            if self.names[item] != old
        }

    def _edit(
        self,
        library: Elf,
        needed: dict[str, str],
        rpath: tuple[str, ...] | None,
        *,
        soname: str | None,
    ) -> ElfEdit | None:
        clears = (
            self.wishes.clear_executable_stack and library.image.has_executable_stack
        )
        if not needed and rpath is None and soname is None and not clears:
            return None
        from ferrule.formats.elf_edit import ElfEdit

        return ElfEdit(
            soname=soname,
            needed=needed,
            rpath=rpath,
            is_runpath=self.is_android,
            clear_executable_stack=clears,
        )

    def _rpath(
        self, image: ElfFile, path: str, folders: set[str]
    ) -> tuple[str, ...] | None:
        """Return the new search folders; None where the old ones do.

        Old ones that lead out of site-packages would be a door for others.
        """
        old = (*image.rpath, *image.runpath)
        kept = {
            _origin(path, folder): folder
            for folder in (origin_folder(item, path) for item in old)
            if folder is not None
        }
        new = [_origin(path, item) for item in sorted(folders - set(kept.values()))]
        return (*kept, *new) if new else None

    def _opens_libraries(self, library: Elf) -> bool:
        included = any(item.is_included for item in self.closure.outside)
        return included and "dlopen" in library.image.undefined

    def _unreached(self, library: Elf) -> set[str]:
        """Return folders of the wheel's own libraries that no search path names."""
        found = set()
        for name in library.image.needed:
            places = self._places.get(name, ())
            folders = {posixpath.dirname(place) for place in places}
            if folders and not folders & self._search_folders:
                found.add(min(folders))
        return found

    @property
    def _places(self) -> dict[str, list[str]]:
        if "_found_places" not in self.__dict__:
            self._found_places: dict[str, list[str]] = {}
            for path in self.closure.inside:
                if not scheme_of(path):
                    place = installed_path(path)
                    name = posixpath.basename(place)
                    self._found_places.setdefault(name, []).append(place)
        return self._found_places

    @property
    def _search_folders(self) -> set[str]:
        if "_found_folders" not in self.__dict__:
            self._found_folders = {
                folder
                for path, item in self.closure.inside.items()
                for text in (*item.image.rpath, *item.image.runpath)
                for folder in [origin_folder(text, installed_path(path))]
                if folder is not None
            }
        return self._found_folders


def origin_folder(text: str, path: str) -> str | None:
    """Return the folder below site-packages that a search path names.

    >>> origin_folder("$ORIGIN/../a.libs", "pkg/x.so")
    'a.libs'
    """
    text = text.replace("${ORIGIN}", "$ORIGIN")
    head, _, rest = text.partition("/")
    if head != "$ORIGIN":
        return None
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), rest))
    if folder.startswith(".."):
        return None
    return "" if folder == "." else folder


def _origin(path: str, folder: str) -> str:
    relative = posixpath.relpath(folder or ".", posixpath.dirname(path) or ".")
    return "$ORIGIN" if relative == "." else f"$ORIGIN/{relative}"


def _own_names(content: WheelContent) -> dict[str, list[ElfFile]]:
    found: dict[str, list[ElfFile]] = {}
    for path, image in content.images.items():
        if isinstance(image, ElfFile):
            for name in {posixpath.basename(path), image.soname} - {""}:
                found.setdefault(name, []).append(image)
    return found


def _libc(image: ElfFile) -> str:
    for name in image.needed:
        if name == "libc.so" or name.startswith(("libc.musl-", "ld-musl-")):
            return "musl"
        if name == "libc.so.6" or name.startswith(("ld-linux", "ld64.so.")):
            return "glibc"
    return ""
