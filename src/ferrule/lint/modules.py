"""The files that make a crate: from its root along `mod`, `#[path]`, `include!`.

Follows the chapter "Modules" of the Rust Reference. Files are read once, and
taken apart only when they hold what somebody looks for, or lead to others.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from ferrule.lint.cfg import both
from ferrule.lint.source import read_source
from ferrule.lint.syntax import parse_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ferrule.lint.cfg import Conditions, Truth
    from ferrule.lint.syntax import Item, Tree

__all__ = ["Files", "read_crate"]

_SKIPPED = frozenset(("target", "node_modules"))


@dataclass
class Files:
    """The files of a project, read at most once."""

    contents: dict[str, bytes | None] = field(default_factory=dict)
    """What was read; None where nothing can be read."""
    folders: set[str] = field(default_factory=set)
    """Folders that were listed."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content, or None."""
        if path not in self.contents:
            try:
                with open(path, "rb") as stream:
                    self.contents[path] = stream.read()
            except (OSError, ValueError):
                self.contents[path] = None
        return self.contents[path]

    def below(self, folder: str) -> Iterator[str]:
        """Return every Rust file below a folder, other packages left out."""
        folders = [folder]
        while folders:
            folder = folders.pop()
            self.folders.add(folder)
            inner = []
            try:
                entries = sorted(os.scandir(folder), key=lambda item: item.name)
            except OSError:
                continue
            for entry in entries:
                if entry.name.endswith(".rs"):
                    yield entry.path
                elif entry.name not in _SKIPPED and "." not in entry.name:
                    inner.append(entry)
            folders += [
                item.path
                for item in inner
                if item.is_dir(follow_symlinks=False)
                and not os.path.exists(os.path.join(item.path, "Cargo.toml"))
            ]

    def any_below(self, folder: str, is_wanted: Callable[[bytes], bool]) -> bool:
        """Tell whether a file below a folder is wanted, or leads out of it."""
        found = False
        for path in self.below(folder):
            content = self.read(path)
            if content is not None and (is_wanted(content) or _leads_astray(content)):
                found = True  # all are read: each decides whether to look again
        return found


def _leads_astray(content: bytes) -> bool:
    return b"include!" in content or (
        b"path" in content and _path_attribute().search(content) is not None
    )


@lru_cache(maxsize=1)
def _path_attribute() -> re.Pattern[bytes]:
    return re.compile(rb"\bpath\s*=\s*r?#*\"")


@lru_cache(maxsize=1)
def _declaration() -> re.Pattern[bytes]:
    return re.compile(rb"\bmod\s+(?:r#)?\w+\s*;|\binclude!")


def read_crate(
    root: str,
    conditions: Conditions,
    files: Files,
    is_wanted: Callable[[bytes], bool],
) -> list[Tree]:
    """Return the wanted files of the crate whose root file is `root`.

    Files whose `mod` is certainly not compiled are left out; the `live` of the
    others tells whether they certainly are.
    """
    walk = _Walk(conditions, files, is_wanted)
    folder = os.path.dirname(root)
    walk.file(root, folder, folder, True)
    return list(walk.trees.values())


@dataclass
class _Walk:
    conditions: Conditions
    files: Files
    is_wanted: Callable[[bytes], bool]
    trees: dict[str, Tree] = field(default_factory=dict)
    seen: dict[str, Truth] = field(default_factory=dict)

    def file(self, path: str, here: str, inner: str, live: Truth) -> bool:
        """Read a file and those that it declares; False where there is none.

        `inner` is the folder in which its modules are looked for, `here` its
        own.
        """
        if path in self.seen and (self.seen[path] is True or live is not True):
            return True
        content = self.files.read(path)
        if content is None:
            return False
        self.seen[path] = live
        wanted = self.is_wanted(content)
        if not wanted and _declaration().search(content) is None:
            return True
        tree = parse_items(read_source(path, content), self.conditions, live)
        if tree.live is False:
            return True
        if wanted:
            self.trees[path] = tree
        self._modules(tree, tree.items, here, inner, nested=False)
        self._includes(tree, here)
        return True

    def _modules(
        self, tree: Tree, items: list[Item], here: str, inner: str, *, nested: bool
    ) -> None:
        for item in items:
            if item.kind == "mod" and item.live is not False and item.name:
                chosen = _chosen_path(tree, item)
                if item.body is not None:
                    folder = os.path.join(inner, chosen or item.name)
                    self._modules(tree, item.children, here, folder, nested=True)
                elif chosen is not None:
                    base = inner if nested else here
                    path = os.path.normpath(os.path.join(base, chosen))
                    own = os.path.dirname(path)
                    self.file(path, own, own, item.live)
                else:
                    self._named(item, inner)
            elif item.children:
                self._modules(tree, item.children, here, inner, nested=nested)

    def _named(self, item: Item, inner: str) -> None:
        folder = os.path.join(inner, item.name)
        if not self.file(f"{folder}.rs", inner, folder, item.live):
            self.file(os.path.join(folder, "mod.rs"), folder, folder, item.live)

    def _includes(self, tree: Tree, here: str) -> None:
        source = tree.source
        if "include" not in source.text:
            return
        for index in range(len(source.tokens)):
            if source.word(index) == "include" and source.is_punct(index + 1, "!"):
                value = source.word(index + 3)
                if value.startswith('"') and source.after(index + 2) == index + 5:
                    path = os.path.normpath(os.path.join(here, value[1:-1]))
                    folder = os.path.dirname(path)
                    live = both(tree.live, _live_at(tree, index))
                    self.file(path, folder, folder, live)


def _live_at(tree: Tree, index: int) -> Truth:
    """Return whether a macro call is compiled: its own arguments are hidden."""
    inside = any(start <= index < end for start, end in tree.hidden)
    return None if inside else True


def _chosen_path(tree: Tree, item: Item) -> str | None:
    for attribute in item.attributes:
        if attribute.path == ("path",) and attribute.value is not None:
            text = tree.source.word(attribute.value[0])
            if text.startswith('"'):
                return text[1:-1]
    return None
