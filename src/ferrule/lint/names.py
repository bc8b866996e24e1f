"""What the names of a Rust source file mean, as far as `use` tells.

A name counts only where the file leaves no doubt: one that is imported twice,
or defined in the file too, means nothing. Follows the chapters "Use
declarations" and "Paths" of the Rust Reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Final

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.lint.source import Source
    from ferrule.lint.syntax import Item, Tree

__all__ = ["PYO3", "Import", "Names", "read_names"]

PYO3: Final = "pyo3"
_DEFINING: Final = frozenset(("mod", "struct", "enum", "union", "trait", "type"))


@dataclass(frozen=True)
class Import:
    """One name that a `use` brings in; `*` for all of a module."""

    path: tuple[str, ...]
    name: str
    token: int
    """Index of the token that names it."""


@dataclass
class Names:
    """The imports of one file.

    Paths of PyO3 begin with `pyo3`, whatever the manifest calls it.
    """

    crate_names: frozenset[str]
    """What PyO3 is called in this file."""
    imports: list[Import] = field(default_factory=list)
    """Those that are certainly compiled."""
    bindings: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    globs: set[tuple[str, ...]] = field(default_factory=set)

    def resolve(self, segments: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the full path below PyO3, or None where that is not certain."""
        if segments[:1] == ("",):
            segments = segments[1:]
        if not segments:
            return None
        first, rest = segments[0], segments[1:]
        bound = self.bindings.get(first)
        if bound is None and first in self.crate_names:
            return (PYO3, *rest)
        if bound is not None:
            target = next(iter(bound))
            is_pyo3 = len(bound) == 1 and target[0] == PYO3
            return (*target, *rest) if is_pyo3 else None
        return None

    def is_attribute(self, path: tuple[str, ...], name: str) -> bool:
        """Tell whether an attribute is PyO3's `name`.

        `#[pyclass]` is, unless it is imported from another crate: most projects
        take it in with `use pyo3::prelude::*` or with a prelude of their own.
        """
        target = self.resolve(path)
        if target is not None:
            return target[-1] == name
        bound = self.bindings.get(path[0], set()) if len(path) == 1 else None
        return path == (name,) and all(
            item[0] in ("crate", "self", "super") for item in bound or ()
        )

    def through_glob(self, name: str) -> list[tuple[str, ...]]:
        """Return what a name can be if a `use pyo3::...::*` brings it in.

        Nothing where another module's names are taken in too.
        """
        if name in self.bindings or name in self.crate_names:
            return []
        if any(path[0] != PYO3 for path in self.globs):
            return []
        return [(*path, name) for path in sorted(self.globs)]


def read_names(tree: Tree, crate_name: str) -> Names:
    """Return what the names of a file mean; `crate_name` is PyO3's."""
    source = tree.source
    items = tree.all_items()
    uses = [
        (item, found)
        for item in items
        if item.kind == "use"
        for found in _flatten(source, item.keyword + 1, item.end, ())
    ]
    called = {crate_name}
    for _, found in uses:
        if found.path in ((crate_name,), ("", crate_name)):
            called.add(found.name)
    for item in items:
        if item.kind == "extern crate":
            called |= _renamed(source, item, crate_name)
    names = Names(frozenset(called))
    for item, found in uses:
        _take(names, item, found)
    for item in items:
        if item.kind in _DEFINING and item.name:
            names.bindings.setdefault(item.name, set()).add(("", item.name))
    return names


def _take(names: Names, item: Item, found: Import) -> None:
    path = found.path[1:] if found.path[:1] == ("",) else found.path
    if path[:1] and path[0] in names.crate_names:
        path = (PYO3, *path[1:])
    if path == (PYO3,) and found.name != "*":
        return
    if item.live is True:
        names.imports.append(Import(path, found.name, found.token))
    if found.name == "*":
        names.globs.add(path or ("",))
    elif found.name != "_":
        names.bindings.setdefault(found.name, set()).add(path or ("",))


def _renamed(source: Source, item: Item, crate_name: str) -> set[str]:
    place = item.keyword + 2
    if source.word(place) == crate_name and source.word(place + 1) == "as":
        return {source.word(place + 2)}
    return set()


def _flatten(
    source: Source, start: int, end: int, prefix: tuple[str, ...]
) -> Iterator[Import]:
    """Return every name of a use tree."""
    path, index = list(prefix), start
    name_at = start
    while index < end:
        if source.is_punct(index, "::"):
            if index == start and not prefix:
                path.append("")
        elif source.is_punct(index, "{"):
            for piece in source.pieces(index + 1, source.closing[index]):
                yield from _flatten(source, *piece, tuple(path))
            return
        elif source.is_punct(index, "*"):
            yield Import(tuple(path), "*", index)
            return
        elif source.word(index) == "as":
            yield Import(tuple(path), source.word(index + 1), name_at)
            return
        elif source.is_name(index):
            if source.word(index) == "self" and prefix and index == start:
                name_at = index
            else:
                path.append(source.word(index))
                name_at = index
        else:
            break
        index += 1
    if path and path[-1]:
        yield Import(tuple(path), path[-1], name_at)
