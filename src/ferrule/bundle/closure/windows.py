"""Which DLLs a bundle for Windows needs, besides those of Windows itself.

Those that join lie beside the program, where every file of the process finds
them. Packages that announce a folder of their own (`os.add_dll_directory`) keep
what they bring.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.audit.windows_libraries import classify_dll
from ferrule.bundle.closure.closed import (
    Closed,
    binary_sources,
    check_vital,
    needed_by,
    placed,
)
from ferrule.bundle.model import BundleFile
from ferrule.formats.pe import PeFile, is_pe, read_pe
from ferrule.repair.closure import Closure, Library, find_closure
from ferrule.repair.content import WheelContent
from ferrule.repair.search import Search
from ferrule.repair.windows import PeLinkage
from ferrule.repair.wishes import RepairWishes

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case

__all__ = ["close_over_dlls"]

_OF_PACKAGE: Final = "package"
_ENDINGS: Final = (".exe", ".dll", ".pyd")
_MINGW: Final = {"amd64": "x86_64", "x86": "i686", "arm64": "aarch64"}
Pe = Library[PeFile]


def close_over_dlls(files: Sequence[BundleFile], *, case: Case) -> Closed:
    """Return the files with all DLLs that they need.

    Raises `BundleLibrariesError` if the program or Python lack one, `ReadError` and
    `BrokenPeError`.
    """
    sources = binary_sources(
        files, lambda item: item.path.lower().endswith(_ENDINGS), is_pe
    )
    images = {path: read_pe(source) for path, source in sources.items()}
    folders = case.distribution.library_folders if case.distribution else ()
    named = map(Path, case.settings.lib_paths)
    wishes = RepairWishes(
        exclude=case.settings.system_libraries,
        lib_paths=(*named, *folders),
        names_missing=True,
    )
    linkage = _BundleLinkage(images, sources, files, wishes)
    closure = find_closure(linkage, images, wishes)
    check_vital(closure, files)
    packed = (*files, *_outside(closure))
    return Closed(packed, tuple(sorted(closure.left_out.items())), tuple(closure.notes))


class _BundleLinkage(PeLinkage):
    """The rules of Windows, for files that lie where they will be copied from."""

    def __init__(
        self,
        images: Mapping[str, PeFile],
        sources: Mapping[str, Path],
        files: Iterable[BundleFile],
        wishes: RepairWishes,
    ) -> None:
        content = WheelContent("bundle", [*sources], images, sources.__getitem__)
        archs = sorted({item.arch for item in images.values()})
        names = [_MINGW[arch] for arch in archs if arch in _MINGW]
        triples = tuple(f"{name}-w64-mingw32" for name in names)
        search = Search(wishes, triples, has_generic_folders=False)
        tags = {item.platform_tag for item in images.values()}
        platform = tags.pop() if len(tags) == 1 else ""
        super().__init__(content, search, lambda name: _is_of_windows(name, platform))
        self.sources = sources
        self.of_packages = {item.path for item in files if item.part == _OF_PACKAGE}
        self.places: dict[str, list[str]] = {}
        for path in images:
            name = posixpath.basename(path).lower()
            self.places.setdefault(name, []).append(path)

    def is_system(self, name: str, library: Pe) -> bool:  # noqa: ARG002
        """Return whether Windows brings it; Python is one of the bundle's own."""
        return self._is_system(name.lower())

    def is_inside(self, name: str, library: Pe) -> bool:
        """Return whether a file of the bundle answers, and is found."""
        mine = library.path
        for path in self.places.get(name.lower(), ()):
            if posixpath.dirname(path) in ("", posixpath.dirname(mine)):
                return True
            # Packages may announce the folders of their DLLs.
            if mine in self.of_packages and path in self.of_packages:
                return True
        return False

    def candidates(self, name: str, library: Pe) -> Iterator[Path]:
        """Yield the places, as seen from where the files lie now."""
        return super().candidates(name, placed(library, self.sources))


def _is_of_windows(name: str, platform: str) -> bool:
    """Return whether every Windows since 10 has a DLL: the universal C runtime too."""
    kind = classify_dll(name, platform)
    return kind in ("system", "api-set") or name == "ucrtbase.dll"


def _outside(closure: Closure[PeFile]) -> Iterator[BundleFile]:
    taken: set[str] = set()
    for library in closure.outside:
        if library.source is None or library.asked.lower() in taken:
            continue
        taken.add(library.asked.lower())
        yield BundleFile(
            library.asked,
            library.source,
            "library",
            needed_by(closure, library),
            owner=library.asked,
            origin=library.source,
        )
