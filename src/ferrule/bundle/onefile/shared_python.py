"""How a single file holds a Python that has no static library.

libpython and the libraries that it needs are packed behind the program. The
loader must not ask for them before the program can offer them: the wish for
libpython is taken out of the program, and the symbols of libpython become weak.
`rust/launcher.rs` tells how it starts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ferrule.bundle.dynamic.linux import DynamicMode
from ferrule.bundle.static.mode import find_static_library
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_weaken import weaken_symbols

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.bundle.model import BundleFile, Flag
    from ferrule.bundle.modes import Case

__all__ = [
    "NOTE",
    "SharedPython",
    "is_shared_only",
    "starting_libraries",
    "without_python",
]

NOTE = (
    "this Python has no libpython.a: the program starts with its shared library from "
    "memory, which takes some milliseconds and as much memory as libpython is large "
    "for each process; a static one starts faster"
)


class SharedPython(DynamicMode):
    """Links a program to the shared libpython, which no folder will hold."""

    def flags(self, case: Case) -> tuple[Flag, ...]:
        """Return nothing: no folder is searched for libraries."""
        del case
        return ()


def is_shared_only(case: Case) -> bool:
    """Return whether a Python has a shared library, and no static one."""
    # Only glibc tells constructors the arguments and the environment.
    is_possible = case.libpython is not None and not case.target.is_musl
    return is_possible and find_static_library(case.interpreter) is None


def without_python(content: bytes, libpython: Path, name: str) -> bytes:
    """Return a program that the loader starts without libpython's symbols."""
    names = read_elf(libpython).defined
    return weaken_symbols(content, names, name).apply(content)


def starting_libraries(
    files: Iterable[BundleFile], contents: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return libpython and the libraries that it needs, what is needed first.

    `contents` are the contents of the files by their paths.
    """
    files = list(files)
    python = next(item for item in files if item.part == "python")
    places = {
        posixpath.basename(item.path): item.path
        for item in files
        if item.part == "library"
    }
    ordered: dict[str, bytes] = {}
    _collect(python.path, places, contents, ordered, set())
    return ordered


def _collect(
    path: str,
    places: Mapping[str, str],
    contents: Mapping[str, bytes],
    ordered: dict[str, bytes],
    seen: set[str],
) -> None:
    seen.add(path)
    for needed in read_elf(contents[path], path).needed:
        place = places.get(needed)
        if place is not None and place not in seen:
            _collect(place, places, contents, ordered, seen)
    ordered[path] = contents[path]
