"""Which libraries of this machine a bundle needs, and how they are found in it.

Everything joins but the C library, which fits the kernel and the loader, and the
drivers of the machine that the bundle will run on. The program's DT_RPATH serves
all that have no search path of their own (ld.so(8)); what has one is edited.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
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
from ferrule.formats.elf import ElfFile, is_elf, read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf
from ferrule.formats.elf_strip import strip_elf
from ferrule.mapping import map_file
from ferrule.repair.closure import Closure, Library, find_closure
from ferrule.repair.content import WheelContent
from ferrule.repair.elf import ElfLinkage
from ferrule.repair.planning import library_triples
from ferrule.repair.search import Search
from ferrule.repair.wishes import RepairWishes
from ferrule.wheel.content import Patched

if TYPE_CHECKING:
    from ferrule.settings.model import BundleSettings
    from ferrule.wheel.content import Buffer

__all__ = ["C_LIBRARY", "DRIVERS", "close_over", "oldest_c_library"]

C_LIBRARY: Final = frozenset(
    f"lib{name}"
    for name in (
        *("c.so.6", "m.so.6", "dl.so.2", "pthread.so.0", "rt.so.1", "util.so.1"),
        *("resolv.so.2", "anl.so.1", "mvec.so.1", "BrokenLocale.so.1"),
        *("thread_db.so.1", "nss_compat.so.2", "nss_dns.so.2", "nss_files.so.2"),
        "c.so",
    )
)
"""The parts of glibc, which belong to one release of its loader; musl's is known."""

DRIVERS: Final = (
    *("libGL.so*", "libGLX*.so*", "libGLdispatch.so*", "libOpenGL.so*", "libEGL*.so*"),
    *("libGLES*.so*", "libgbm.so*", "libdrm*.so*", "libvulkan.so*", "libOpenCL.so*"),
    *("libcuda.so*", "libnvidia-*.so*", "libva.so*", "libva-*.so*", "libvdpau.so*"),
    *("libasound.so*", "libjack.so*"),
)
"""Libraries that talk to the hardware, or a server, of the machine they are on."""

_OF_PACKAGE = "package"
_GLIBC: Final = "GLIBC_"
Elf = Library[ElfFile]


def close_over(
    files: Sequence[BundleFile],
    *,
    libraries: str,
    program: str,
    settings: BundleSettings,
    contained: str = "",
    sysroots: Sequence[Path] = (),
) -> Closed:
    """Return the files with all libraries that they need, in the folder `libraries`.

    `program` is the path of the program. Libraries that match the expression
    `contained` are part of it: nothing may load them once more. With `sysroots`, the
    roots of another system, libraries of this machine do not join. Raises
    `BundleLibrariesError` if it or libpython lack one, `ReadError` and
    `BrokenElfError`.
    """
    sources = binary_sources(files, may_be_unix_binary, is_elf)
    images = {path: read_elf(source) for path, source in sources.items()}
    triples = library_triples(images[program].arch)
    wishes = RepairWishes(
        exclude=settings.system_libraries,
        lib_paths=(
            *(Path(item) for item in settings.lib_paths),
            *(_toolchain_folders(triples) if sysroots else ()),
        ),
        sysroots=tuple(sysroots),
        uses_host=not sysroots,
        names_missing=True,
    )
    linkage = _BundleLinkage(images, sources, libraries, files, wishes, triples)
    linkage.contained = contained
    closure = find_closure(linkage, images, wishes)
    check_vital(closure, files)
    edits = dict(_edits(closure, libraries, program, contained))
    strips = settings.strip
    packed = [
        _prepared(
            item,
            edits.get(item.path),
            strips=strips and item.path in images and item.part != _OF_PACKAGE,
        )
        for item in files
    ]
    packed += _outside(closure, libraries, strips=strips)
    reasons = [*closure.left_out.items(), *linkage.to_system.items()]
    outside = [item.image for item in closure.outside]
    return Closed(
        tuple(packed),
        tuple(sorted(reasons)),
        tuple(closure.notes),
        oldest_c_library((*images.values(), *outside)),
    )


def _toolchain_folders(triples: Sequence[str]) -> list[Path]:
    """Return where cross toolchains keep the libraries of a system."""
    folders = (Path("/usr", name, "lib") for name in triples)
    return [folder for folder in folders if folder.is_dir()]


def oldest_c_library(images: Iterable[ElfFile]) -> str:
    """Return the newest version of glibc that any file asks for; empty for none."""
    names = {
        name[len(_GLIBC) :]
        for image in images
        for need in image.version_needs
        for name in need.versions
        if name.startswith(_GLIBC)
    }
    found = [
        tuple(map(int, name.split(".")))
        for name in names
        if name.replace(".", "").isdigit()  # GLIBC_PRIVATE is no version
    ]
    return f"glibc {'.'.join(map(str, max(found)))}" if found else ""


class _BundleLinkage(ElfLinkage):
    """The rules of the loader, for files that lie where they will be copied from."""

    def __init__(
        self,
        images: Mapping[str, ElfFile],
        sources: Mapping[str, Path],
        libraries: str,
        files: Iterable[BundleFile],
        wishes: RepairWishes,
        triples: tuple[str, ...],
    ) -> None:
        content = WheelContent("bundle", [*sources], images, sources.__getitem__)
        super().__init__(content, Search(wishes, triples), C_LIBRARY)
        self.sources = sources
        self.libraries = libraries
        self.of_packages = {item.path for item in files if item.part == _OF_PACKAGE}
        self.places = {
            id(image): path for path, image in images.items()
        }  # images live as long as this
        self.to_system: dict[str, str] = {}
        self.contained = ""

    def is_system(self, name: str, library: Elf) -> bool:
        """Return whether the machine must bring it: C library and drivers."""
        short = self.short(name)
        if self.contained and re.fullmatch(self.contained, short):
            self.to_system[short] = "the program contains it"
            return True
        if any(fnmatchcase(short, glob) for glob in DRIVERS):
            self.to_system[short] = "it belongs to the machine's drivers"
            return True
        return super().is_system(name, library)

    def is_inside(self, name: str, library: Elf) -> bool:
        """Return whether a file of the bundle answers, and can be found by it."""
        short = self.short(name)
        mine = library.path
        reachable = {self.libraries, *_folders(library)}
        for image in self.own.get(short, ()):
            if image is library.image or self.refusal(image, library):
                continue
            place = self.places[id(image)]
            # Packages may open each other's libraries before they are needed.
            if posixpath.dirname(place) in reachable or (
                mine in self.of_packages and place in self.of_packages
            ):
                return True
        return False

    def candidates(self, name: str, library: Elf) -> Iterator[Path]:
        """Yield the places, as seen from where the files lie now."""
        return super().candidates(name, placed_chain(library, self.sources))


def _folders(library: Elf) -> Iterator[str]:
    """Yield the folders of the bundle that a file's own search path names."""
    below = posixpath.dirname(library.path)
    for text in (*library.image.rpath, *library.image.runpath):
        path = text.replace("${ORIGIN}", "$ORIGIN")
        if path.startswith("$ORIGIN"):
            rest = path[len("$ORIGIN") :].lstrip("/")
            yield posixpath.normpath(posixpath.join(below, rest))


def _edits(
    closure: Closure[ElfFile], libraries: str, program: str, contained: str
) -> Iterator[tuple[str, ElfEdit]]:
    for path, library in closure.inside.items():
        image = library.image
        own = [*image.rpath, *image.runpath]
        kept = [item for item in own if item.startswith(("$ORIGIN", "${ORIGIN}"))]
        # The program's DT_RPATH is no help to what has DT_RUNPATH.
        hides = bool(image.runpath) and bool(library.needs)
        is_complete = len(kept) == len(own)
        freed = {
            name: ""
            for name in image.needed
            if contained and re.fullmatch(contained, posixpath.basename(name))
        }
        if path != program and is_complete and not hides and not freed:
            continue
        added = _origin(posixpath.dirname(path), libraries)
        wanted = tuple(dict.fromkeys([*kept, added]))
        is_right = path == program and wanted == image.rpath and not image.runpath
        if freed or not is_right:
            yield path, ElfEdit(rpath=None if is_right else wanted, needed=freed)


def _origin(folder: str, libraries: str) -> str:
    below = posixpath.relpath(libraries or ".", folder or ".")
    return "$ORIGIN" if below == "." else f"$ORIGIN/{below}"


def _outside(
    closure: Closure[ElfFile], libraries: str, *, strips: bool
) -> Iterator[BundleFile]:
    taken: set[str] = set()
    for library in closure.outside:
        if library.source is None or library.asked in taken:
            continue
        taken.add(library.asked)
        item = BundleFile(
            posixpath.join(libraries, library.asked),
            library.source,
            "library",
            needed_by(closure, library),
            owner=library.asked,
            origin=library.source,
        )
        has_path = bool(library.image.rpath or library.image.runpath)
        edit = ElfEdit(rpath=("$ORIGIN",)) if has_path else None
        yield _prepared(item, edit, strips=strips)


def _prepared(item: BundleFile, edit: ElfEdit | None, *, strips: bool) -> BundleFile:
    """Return a file as it is packed: without symbols, with its search path."""
    if not isinstance(item.content, Path) or (edit is None and not strips):
        return item
    data: Buffer = map_file(item.content)
    patch = strip_elf(data, item.path) if strips else None
    if edit is not None:
        if patch is not None:
            data = patch.apply(data)
        patch = edit_elf(data, edit, item.path)
    return item if patch is None else replace(item, content=Patched(patch, data))
