"""The kinds of projects that can be started, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ferrule.errors.starters import UnknownKindError

__all__ = ["DEFAULT_KIND", "KINDS", "Kind", "Layer", "find_kind"]


@dataclass(frozen=True)
class Layer:
    """A folder below `files/` whose templates a starter gets."""

    folder: str
    at: str = ""
    """Where in the project they go, with a slash at the end."""


@dataclass(frozen=True)
class Kind:
    """One starter."""

    name: str
    summary: str
    layers: tuple[Layer, ...]
    library: str = ""
    """Name of the Rust library; empty: that of the Python module."""
    package_folder: str = ""
    """Folder of the Python package's parent; empty: there is no such package."""
    is_abi3: bool = False
    is_module: bool = True
    """Whether Python imports what is built."""


_COMMON = Layer("common")
_WHEELS = Layer("wheels")
_CRATE = Layer("crate", at="src/")

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "module",
            "a Python module written in Rust alone",
            (_COMMON, _WHEELS, _CRATE, Layer("module")),
        ),
        Kind(
            "mixed",
            "a Python package with a module `_core` in Rust",
            (_COMMON, _WHEELS, _CRATE, Layer("mixed")),
            library="_core",
            package_folder="python/",
        ),
        Kind(
            "abi3",
            "like module, with one wheel for all CPythons (stable ABI)",
            (_COMMON, _WHEELS, _CRATE, Layer("module")),
            is_abi3=True,
        ),
        Kind(
            "multi",
            "a Python package with several modules in Rust, a crate each",
            (_COMMON, _WHEELS, Layer("multi"), Layer("crate", "crates/stats/src/")),
            library="_stats",
            package_folder="python/",
        ),
        Kind(
            "program",
            "a Rust program that embeds Python, with a module of its own",
            (_COMMON, Layer("program")),
            is_module=False,
        ),
        Kind(
            "setuptools",
            "a Python package with modules in C and in Rust, built by setuptools",
            (_COMMON, Layer("setuptools"), Layer("crate", at="rust/")),
            library="_rust",
            package_folder="src/",
        ),
        Kind(
            "workspace",
            "a Rust library with a Python package and a program over it",
            (_COMMON, _WHEELS, Layer("workspace")),
            library="_core",
            package_folder="python/",
        ),
    )
}
"""Every starter by name, in the order in which they are listed."""

DEFAULT_KIND: Final = "module"


def find_kind(name: str) -> Kind:
    """Return the kind of this name; raises `UnknownKindError`."""
    try:
        return KINDS[name]
    except KeyError:
        raise UnknownKindError(name, list(KINDS)) from None
