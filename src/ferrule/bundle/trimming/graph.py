"""Walks the imports of modules from a program's roots.

A module that is reached reaches the packages that hold it, what it imports, what it
names in calls of `importlib.import_module` and in dotted strings, and what
`hidden` says of it. A package that computes names of modules keeps all of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ferrule.bundle.boot.sources import CHILDREN_MODULE
from ferrule.bundle.trimming.hidden import (
    ALWAYS,
    COMMAND_LINES,
    COMPUTING,
    HIDDEN,
    IGNORED,
)
from ferrule.python.imports import IN_MAIN, IN_MODULE

if TYPE_CHECKING:
    from ferrule.python.imports import Import, ModuleFacts

__all__ = ["Graph", "Kept", "Root", "chain", "walk"]

_TESTS: Final = frozenset({"tests", "test", "testing", "conftest", "benchmarks"})
_RUN: Final = ("multiprocessing", "concurrent")
"""What the runner of processes needs if the program has processes."""
_CODECS: Final = "encodings"


@dataclass(frozen=True)
class Root:
    """A module that the program itself needs."""

    name: str
    why: str
    """Where the program says so."""
    may_run: bool = False
    """Whether it could be run as the main program."""


@dataclass(frozen=True)
class Kept:
    """Why a module is kept."""

    by: str
    """The module that reached it; empty for roots."""
    how: str
    """What that module does, or why it is a root."""


@dataclass(frozen=True)
class Graph:
    """Everything that could be kept."""

    facts: Mapping[str, ModuleFacts]
    """What modules written in Python import; `<…>` is code of the program."""
    packages: frozenset[str]
    """Names with modules below them."""
    own: frozenset[str]
    """Modules of packages, so not of the standard library."""
    natives: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What extension modules name."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Codecs: normalised names and the modules below `encodings`."""
    plugins: Mapping[str, str] = field(default_factory=dict)
    """Modules that packages offer to others as entry points, and of which group."""

    @cached_property
    def known(self) -> frozenset[str]:
        """Return all names."""
        return frozenset(self.facts) | self.packages | frozenset(self.natives)

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """Return the modules directly below each package, sorted."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.known):
            above = name.rpartition(".")[0]
            if above:
                found.setdefault(above, []).append(name)
        return found


def walk(graph: Graph, roots: Iterable[Root]) -> dict[str, Kept]:
    """Return the modules that are reached, in the order in which they were.

    Names that are no module of the bundle (built-in modules) are among them where
    they were imported.
    """
    job = _Walk(graph)
    for name, why in ALWAYS.items():
        job.reach(name, Kept("", why))
    for root in roots:
        for name in _matching(graph, root.name):
            if root.may_run:
                job.mains.add(name)
            job.reach(name, Kept("", root.why))
    job.run()
    return job.kept


def chain(kept: Mapping[str, Kept], name: str) -> list[str]:
    """Return the steps from a module to the program.

    >>> chain({"a": Kept("", "src/main.rs:3 imports it"), "b": Kept("a", "")}, "b")
    ['b', 'a', 'src/main.rs:3 imports it']
    """
    steps = [name]
    item = kept[name]
    while item.by:
        steps.append(f"{item.by} ({item.how})" if item.how else item.by)
        item = kept[item.by]
    return [*steps, item.how]


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.kept: dict[str, Kept] = {}
        self.mains: set[str] = set()
        self._queue: deque[str] = deque()
        self._waiting: dict[str, Kept] = {}

    def reach(self, name: str, why: Kept) -> None:
        """Keep a module and the packages that hold it."""
        above = _package(name)
        if above and above not in self.kept:
            self.reach(above, Kept(name, "which is in it") if not why.by else why)
        if name not in self.kept:
            self.kept[name] = why
            self._queue.append(name)

    def run(self) -> None:
        """Follow everything."""
        while self._queue:
            name = self._queue.popleft()
            self._follow(name)
            if not self._queue:
                self._release()

    def _release(self) -> None:
        """Follow what is needed only together with something else."""
        for name in [*self._waiting]:
            if name.partition(".")[0] in self.kept:
                self.reach(name, self._waiting.pop(name))

    def _follow(self, name: str) -> None:
        graph = self.graph
        for glob, why in HIDDEN.get(name, ()):
            for other in _matching(graph, glob):
                self.reach(other, Kept(name, why))
        for other in sorted(graph.natives.get(name, ())):
            self.reach(other, Kept(name, "its library names it"))
        facts = graph.facts.get(name)
        if facts is None:
            return
        for item in facts.imports:
            if item.where != IN_MAIN or self._runs(name):
                self._import(name, item)
        package = self._base(name)
        for text in facts.named:
            found = _absolute(text.replace(":", "."), package)
            if found:
                self._keep(found, Kept(name, "named in a call"))
        self._strings(name, package, facts)
        self._computed(name, package, facts)
        if name in ("importlib.metadata", "pkg_resources", "importlib_metadata"):
            self._plugins(name)

    def _base(self, name: str) -> str:
        """Return the package that relative names in a module begin at."""
        return name if name in self.graph.packages else _package(name)

    def _runs(self, name: str) -> bool:
        return name in self.mains or name.endswith("__main__")

    def _plugins(self, name: str) -> None:
        for other, group in self.graph.plugins.items():
            self._keep(other, Kept(name, f"entry point of {group}"))

    def _import(self, name: str, item: Import) -> None:
        graph = self.graph
        base = _absolute("." * item.level + item.name, self._base(name))
        if base is None:
            return
        is_local = item.where != IN_MODULE and not self._runs(name)
        if name not in graph.own and _is_ignored(name, base, is_local=is_local):
            return
        why = Kept(name, "")
        if name == CHILDREN_MODULE and base.partition(".")[0] in _RUN:
            self._waiting.setdefault(base, why)
            return
        if base:
            self._keep(base, why)
        for taken in item.names:
            if taken == "*":
                self._star(name, base)
            elif f"{base}.{taken}" in graph.known:
                self.reach(f"{base}.{taken}", why)

    def _keep(self, name: str, why: Kept) -> None:
        """Reach a module, or as much of its dotted name as there is."""
        while name not in self.graph.known and "." in name:
            name = name.rpartition(".")[0]
        if name:
            self.reach(name, why)

    def _star(self, name: str, base: str) -> None:
        facts = self.graph.facts.get(base)
        for text in facts.strings if facts is not None else ():
            if f"{base}.{text}" in self.graph.known:
                self.reach(f"{base}.{text}", Kept(name, f"all of {base} is imported"))

    def _strings(self, name: str, package: str, facts: ModuleFacts) -> None:
        """Keep what strings name: modules with dots, and codecs."""
        known = self.graph.known
        is_own = name in self.graph.own
        for text in facts.strings:
            plain = text.partition(":")[0]
            if "." in plain and (is_own or facts.computes):
                found = _absolute(plain, package) or ""
                while found.count("."):
                    if found in known:
                        self.reach(found, Kept(name, "named in a string"))
                        break
                    found = found.rpartition(".")[0]
            if name != f"{_CODECS}.aliases":
                codec = self.graph.aliases.get(_normal(text))
                if codec is not None and f"{_CODECS}.{codec}" in known:
                    self.reach(f"{_CODECS}.{codec}", Kept(name, "the name of a codec"))

    def _computed(self, name: str, package: str, facts: ModuleFacts) -> None:
        """Keep what a module may mean that computes the names of modules."""
        if not facts.computes or name in COMPUTING:
            return
        known = self.graph.known
        for text in facts.strings:
            for found in (text, f"{package}.{text}"):
                if found in known:
                    why = "it computes names of modules, and has this text"
                    self.reach(found, Kept(name, why))
        if name in self.graph.own and package:
            self._whole(package, Kept(name, "it computes names of its own modules"))

    def _whole(self, package: str, why: Kept) -> None:
        for name in self.graph.below.get(package, ()):
            if name.rpartition(".")[2] not in _TESTS:
                self.reach(name, why)
                self._whole(name, why)


def _package(name: str) -> str:
    """Return the package that holds a module; none holds code of the program."""
    return "" if name.startswith("<") else name.rpartition(".")[0]


def _is_ignored(name: str, other: str, *, is_local: bool) -> bool:
    """Tell whether an import of the standard library is none of a program's.

    `is_local` says that it is in a function.
    """
    if is_local and other in COMMAND_LINES:
        return True
    return any(
        fnmatchcase(name, source) and fnmatchcase(other, target)
        for source, target, _ in IGNORED
    )


def _matching(graph: Graph, glob: str) -> list[str]:
    if not any(sign in glob for sign in "*?["):
        return [glob]
    return [name for name in sorted(graph.known) if fnmatchcase(name, glob)]


def _absolute(name: str, package: str) -> str | None:
    """Return the full name of a module; None if it leads out of its package.

    >>> _absolute("..x", "a.b"), _absolute(".", "a"), _absolute("x.y", "a")
    ('a.x', 'a', 'x.y')
    """
    rest = name.lstrip(".")
    level = len(name) - len(rest)
    if level == 0:
        return name
    parts = package.split(".") if package else []
    if level > len(parts):
        return None
    above = parts[: len(parts) - level + 1]
    return ".".join([*above, rest] if rest else above)


def _normal(text: str) -> str:
    return text.lower().replace("-", "_")
