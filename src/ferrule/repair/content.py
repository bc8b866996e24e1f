"""The files of a wheel to repair, finished or about to be written."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.formats.image import Image
    from ferrule.formats.view import Source

__all__ = ["WheelContent", "installed_path"]

_ROOT_SCHEMES = ("purelib", "platlib")


@dataclass(frozen=True)
class WheelContent:
    """What a repair must know about a wheel."""

    distribution: str
    """The first part of the file name."""
    names: Collection[str]
    """The paths of all files."""
    images: Mapping[str, Image]
    """The binaries by their paths."""
    source: Callable[[str], Source]
    """Return the content of a file."""

    @cached_property
    def installed(self) -> Mapping[str, str]:
        """Return the files by the places that they have once installed."""
        return {installed_path(name): name for name in self.names}

    @cached_property
    def packages(self) -> frozenset[str]:
        """Return the folders, as installed, that hold an `__init__.py`."""
        return frozenset(
            posixpath.dirname(place)
            for place in self.installed
            if posixpath.basename(place) == "__init__.py"
        )

    def read(self, path: str) -> bytes:
        """Return the content of a file as bytes. Raises `ReadError`."""
        from pathlib import Path

        from ferrule.wheel.content import chunks

        found = self.source(path)
        if isinstance(found, Path):
            return b"".join(chunks(found))
        return bytes(found)


def installed_path(path: str) -> str:
    """Return where a file lies, seen from site-packages, after installation.

    Files of schemes that are elsewhere keep their path.

    >>> installed_path("a-1.data/platlib/a/b.so")
    'a/b.so'
    """
    parts = path.split("/", 2)
    if len(parts) == 3 and parts[0].endswith(".data") and parts[1] in _ROOT_SCHEMES:
        return parts[2]
    return path


def scheme_of(path: str) -> str:
    """Return the data scheme of a file that is not installed into site-packages.

    >>> scheme_of("a-1.data/scripts/tool")
    'scripts'
    """
    parts = path.split("/", 2)
    if len(parts) == 3 and parts[0].endswith(".data") and parts[1] not in _ROOT_SCHEMES:
        return parts[1]
    return ""
