"""Where libraries from outside of the wheel are looked for.

A folder of this machine counts only where the caller says that its libraries
may join; nothing else about this machine matters.
Source of the order: ld.so(8); ld.so.conf is described in ldconfig(8).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from functools import cached_property
from glob import escape, glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.records import dataclass
from ferrule.repair.wishes import RepairWishes, unique

if TYPE_CHECKING:
    from ferrule.formats.image import Image

__all__ = ["Found", "Search"]

_SYSTEM_FOLDERS = ("lib64", "lib", "usr/lib64", "usr/lib", "usr/local/lib")
_SCRIPT_MARKS = (b"GROUP", b"INPUT", b"OUTPUT_FORMAT", b"/* GNU ld script")
_MAX_INCLUDES = 200


@dataclass(frozen=True)
class Found:
    """A library that was found."""

    path: Path
    """As it was found; `real` follows links."""
    real: Path
    image: Image


@dataclass
class Search:
    """The roots of one repair, and what was read of them."""

    wishes: RepairWishes
    triples: tuple[str, ...] = ()
    """Folders of libraries for the wheel's architecture, such as
    `x86_64-linux-gnu` (Debian's multiarch) or `x86_64-w64-mingw32`."""
    has_generic_folders: bool = True
    """Whether `lib`, `usr/lib` and their like may hold such libraries."""
    _images: dict[Path, Image | str] = field(default_factory=dict)

    @cached_property
    def folders(self) -> list[Path]:
        """Return the folders that hold for every library, the nearest first."""
        wishes = self.wishes
        found = [*wishes.lib_paths, *wishes.build_paths, *wishes.environment]
        for root in wishes.sysroots:
            found += self._system_folders(root)
        if wishes.uses_host:
            found += self._system_folders(Path("/"))
        return unique(found)

    def below_roots(self, path: str) -> Iterator[Path]:
        """Yield where an absolute path is, in each sysroot and on this machine."""
        for root in self.wishes.sysroots:
            yield root / path.lstrip("/")
        if self.wishes.uses_host or not self.wishes.sysroots:
            yield Path(path)

    def find(
        self,
        candidates: Iterable[Path],
        accept: Callable[[Image], str],
        tried: list[str],
    ) -> Found | None:
        """Return the first candidate that can be used.

        `accept` returns why an image cannot be, or nothing. What was looked at in
        vain is added to `tried`.
        """
        for path in candidates:
            if not path.is_file():
                tried.append(str(path.parent))
                continue
            image = self._read(path)
            reason = image if isinstance(image, str) else accept(image)
            if isinstance(image, str) or reason:
                tried.append(f"{path}: {reason}")
                continue
            return Found(path, Path(os.path.realpath(path)), image)
        tried[:] = dict.fromkeys(tried)
        return None

    def matching(self, pattern: str) -> Iterator[Path]:
        """Yield the files that an include pattern names, sorted in each folder."""
        if "/" in pattern:
            yield from map(Path, sorted(glob(pattern)))
        elif has_magic(pattern):
            for folder in self.folders:
                yield from map(Path, sorted(glob(f"{escape(str(folder))}/{pattern}")))
        else:
            yield from (folder / pattern for folder in self.folders)

    def _read(self, path: Path) -> Image | str:
        """Return the image, or why there is none."""
        from ferrule.errors import FerruleError
        from ferrule.formats.image import read_image

        if path not in self._images:
            try:
                self._images[path] = read_image(path)
            except FerruleError as error:
                self._images[path] = (
                    "it is a linker script, which names the real libraries"
                    if _is_linker_script(path)
                    else error.what
                )
        return self._images[path]

    def _system_folders(self, root: Path) -> list[Path]:
        """Return the folders of a system's loader, as they are below its root."""
        found: list[Path] = []
        if self.has_generic_folders:
            found += [*_musl_folders(root), *_configured_folders(root)]
        for folder in _SYSTEM_FOLDERS if self.has_generic_folders else ():
            found += [root / folder / triple for triple in self.triples]
            found.append(root / folder)
        for triple in self.triples:
            # Toolchains for other systems, and the root of one such system.
            found += [root / "usr" / triple / "lib", root / "usr" / triple / "bin"]
            found += [root / triple / "lib", root / triple / "bin"]
            if triple.endswith("-mingw32"):
                folder = escape(str(root / "usr" / "lib" / "gcc" / triple))
                found += map(Path, sorted(glob(f"{folder}/*"), reverse=True))
        found += [root / "bin", root] if root != Path("/") else []
        return [path for path in unique(found) if path.is_dir()]


def _configured_folders(root: Path) -> list[Path]:
    """Return the folders that a root's ld.so.conf names, with those it includes."""
    found: list[Path] = []
    waiting, seen = [root / "etc" / "ld.so.conf"], set[Path]()
    while waiting and len(seen) < _MAX_INCLUDES:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        for line in _lines(path):
            words = line.split()
            if words[0] == "include":
                for pattern in words[1:]:
                    base = root if pattern.startswith("/") else path.parent
                    rest = pattern.lstrip("/")
                    names = sorted(glob(f"{escape(str(base))}/{rest}"))
                    waiting += map(Path, names)
            elif words[0].startswith("/"):
                found.append(root / words[0].lstrip("/"))
    return found


def _musl_folders(root: Path) -> list[Path]:
    """Return the folders in the configuration of musl's loader."""
    found = []
    for name in sorted(glob(f"{escape(str(root))}/etc/ld-musl-*.path")):
        for line in _lines(Path(name)):
            parts = line.replace(":", " ").split()
            found += [root / part.lstrip("/") for part in parts]
    return found


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _is_linker_script(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4096)
    return b"\0" not in start and any(mark in start for mark in _SCRIPT_MARKS)
