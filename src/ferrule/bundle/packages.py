"""The files of Python packages, unpacked from wheels or found in an environment."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

from ferrule.bundle.selection import module_of

__all__ = [
    "Package",
    "PackageFile",
    "is_path_file",
    "make_record",
    "metadata_field",
    "metadata_values",
    "place_wheel_file",
    "top_modules",
]

Root = Literal["packages", "home"]

_SCHEMES: Final = {"purelib": "packages", "platlib": "packages", "data": "home"}
_NO_TOPS: Final = frozenset(
    ("tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks")
)
"""Folders that careless projects leave at the top of site-packages."""
_METADATA: Final = ".dist-info/METADATA"
_UNUSED: Final = ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")


@dataclass(frozen=True)
class PackageFile:
    """One file of a package."""

    root: Root
    """Whether it lies among the packages or below Python's home."""
    path: str
    """Below that, with slashes."""
    source: Path

    @property
    def module(self) -> str:
        """Return the dotted name of the module that it is; empty for data."""
        return module_of(self.path) if self.root == "packages" else ""


@dataclass(frozen=True)
class Package:
    """One distribution."""

    name: str
    version: str
    key: str
    """What decides the content: the hash of a wheel; empty where that may change."""
    files: tuple[PackageFile, ...]
    license: str = ""
    """What its metadata says: `License-Expression`, or `License`."""

    @property
    def label(self) -> str:
        """Return name and version."""
        return f"{self.name} {self.version}"

    def without(self, exclude: Sequence[str]) -> Package:
        """Return the package without modules that are excluded."""
        kept = tuple(
            item for item in self.files if not _is_excluded(item.module, exclude)
        )
        return Package(self.name, self.version, self.key, kept, self.license)


def place_wheel_file(path: str, dist_info: str) -> tuple[Root, str] | None:
    """Return where a file of a wheel goes; None for what a bundle has no use for.

    Scripts start a python program that is not there; headers are for compilers.

    >>> place_wheel_file("a-1.data/platlib/a/b.so", "a-1.dist-info")
    ('packages', 'a/b.so')
    >>> place_wheel_file("a-1.data/scripts/tool", "a-1.dist-info")
    """
    first, _, rest = path.partition("/")
    if first == dist_info:
        return None if rest in _UNUSED else ("packages", path)
    if not first.endswith(".data"):
        return "packages", path
    scheme, _, below = rest.partition("/")
    root = _SCHEMES.get(scheme)
    if root is None or not below:
        return None
    return ("packages" if root == "packages" else "home"), below


def make_record(paths: Iterable[str]) -> tuple[str, str]:
    """Return path and text of the RECORD that lists files of one package.

    The paths are relative to the folder of packages. There are no hashes: the
    wheel's are those of other files. Both are empty without a `.dist-info` folder.

    >>> make_record(["b/__init__.pyc", "b-1.dist-info/METADATA"])[0]
    'b-1.dist-info/RECORD'
    """
    import csv
    import io

    listed = sorted(paths)
    folders = [path.partition("/")[0] for path in listed if path.endswith(_METADATA)]
    if not folders:
        return "", ""
    name = f"{folders[0]}/RECORD"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((path, "", "") for path in [*listed, name])
    return name, text.getvalue()


def top_modules(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the top-level modules among files of site-packages, sorted.

    Folders that hold no module are data.
    """
    found = set()
    for path in paths:
        module = module_of(path)
        top = module.partition(".")[0]
        if top.isidentifier() and top not in _NO_TOPS and top != "__main__":
            found.add(top)
    return tuple(sorted(found))


def _is_excluded(module: str, exclude: Sequence[str]) -> bool:
    while module:
        if any(fnmatchcase(module, glob) for glob in exclude):
            return True
        module = module.rpartition(".")[0]
    return False


def metadata_field(text: str, name: str) -> str:
    """Return one header of METADATA; empty where it is missing."""
    return next(metadata_values(text, name), "")


def metadata_values(text: str, name: str) -> Iterator[str]:
    """Yield the values of a header of METADATA that may stand several times."""
    head = text.partition("\n\n")[0]
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.lower() == name.lower():
            yield value.strip()


def is_path_file(path: str) -> bool:
    """Return whether a file of site-packages is one that `site` reads."""
    return path.endswith(".pth") and not posixpath.dirname(path)
