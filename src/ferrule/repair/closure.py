"""Which libraries from outside the binaries of a wheel need, all the way down.

How names are looked up differs between systems: a `Linkage` knows it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from ferrule.errors.repair import MissingLibrariesError, PatternError
from ferrule.repair.plan import Graft
from ferrule.repair.wishes import Patterns, Provider, RepairWishes, matches_name
from ferrule.wheel.content import compute_sha256

if TYPE_CHECKING:
    from ferrule.formats.image import Image
    from ferrule.repair.content import WheelContent
    from ferrule.repair.search import Found, Search

__all__ = ["Closure", "Library", "Linkage", "find_closure"]

Any_Image = TypeVar("Any_Image", bound="Image")


@dataclass(eq=False)
class Library(Generic[Any_Image]):
    """A binary of the wheel, or one that joins it."""

    image: Any_Image
    path: str
    """Where it lies in the wheel; empty for those from outside."""
    source: Path | None = None
    """For those from outside: the file, behind all links."""
    asked: str = ""
    """The name under which it was asked for first."""
    needs: dict[str, Library[Any_Image]] = field(default_factory=dict)
    """The libraries from outside that it needs, by the names it has for them."""
    provided: dict[str, str] = field(default_factory=dict)
    """Names that another wheel provides, and the folder they are in."""
    chain: tuple[Library[Any_Image], ...] = ()
    """What was loaded on the way to it, the nearest first."""
    is_included: bool = False
    sha256: str = ""

    @property
    def shown(self) -> str:
        """Return what messages call it."""
        return self.path or self.asked


@dataclass
class Closure(Generic[Any_Image]):
    """The result of the search."""

    inside: dict[str, Library[Any_Image]] = field(default_factory=dict)
    outside: list[Library[Any_Image]] = field(default_factory=list)
    """In the order in which they were found; equal contents appear once."""
    left_out: dict[str, str] = field(default_factory=dict)
    missing: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    """Who needs what was not found, and where it was looked for."""
    notes: list[str] = field(default_factory=list)

    def users(self, library: Library[Any_Image]) -> tuple[str, ...]:
        """Return who needs a library, sorted."""
        every = [*self.inside.values(), *self.outside]
        return tuple(
            sorted(item.shown for item in every if library in item.needs.values())
        )

    def graft(self, library: Library[Any_Image], place: str) -> Graft:
        """Return the entry of the plan for a library that joins the wheel."""
        return Graft(
            path=place,
            source=library.source or Path(),
            asked=library.asked,
            sha256=library.sha256,
            needed_by=self.users(library),
        )


class Linkage(ABC, Generic[Any_Image]):
    """How binaries of one system name what they need."""

    def __init__(self, content: WheelContent, search: Search) -> None:
        self.content = content
        self.search = search

    @abstractmethod
    def needs(self, library: Library[Any_Image]) -> Iterable[str]:
        """Return the names of everything that a library needs."""

    @abstractmethod
    def is_system(self, name: str, library: Library[Any_Image]) -> bool:
        """Return whether every system has a library."""

    @abstractmethod
    def is_inside(self, name: str, library: Library[Any_Image]) -> bool:
        """Return whether the wheel itself holds it."""

    @abstractmethod
    def candidates(self, name: str, library: Library[Any_Image]) -> Iterator[Path]:
        """Yield where a library from outside may be."""

    @abstractmethod
    def refusal(self, image: Image, library: Library[Any_Image]) -> str:
        """Return why an image cannot be used by a library; nothing if it can."""

    def is_optional(self, name: str, library: Library[Any_Image]) -> bool:  # noqa: ARG002
        """Return whether a library works without another."""
        return False

    def short(self, name: str) -> str:
        """Return what patterns call a library."""
        return name


def find_closure(
    linkage: Linkage[Any_Image],
    images: dict[str, Any_Image],
    wishes: RepairWishes,
) -> Closure[Any_Image]:
    """Return all libraries that are needed and not promised.

    Raises `MissingLibrariesError` for all that are missing together, unless the
    wishes allow that, `PatternError` and `ReadError`.
    """
    job = _Job(linkage, wishes)
    found = job.closure
    for path, image in sorted(images.items()):
        found.inside[path] = Library(image, path)
    job.waiting = list(found.inside.values())
    for pattern in wishes.include:
        job.include(pattern)
    job.run()
    if found.missing:
        missing = [(name, *places) for name, places in sorted(found.missing.items())]
        if not wishes.names_missing:
            raise MissingLibrariesError(missing)
        found.notes += [
            f"{name}, needed by {', '.join(users)}, was not found in "
            f"{', '.join(tried) or 'any folder'}, so it is not packed"
            for name, users, tried in missing
        ]
    found.notes += [
        f"exclude {pattern}: no library matched" for pattern in job.exclude.unmatched()
    ]
    return found


class _Job(Generic[Any_Image]):
    def __init__(self, linkage: Linkage[Any_Image], wishes: RepairWishes) -> None:
        self.linkage = linkage
        self.wishes = wishes
        self.exclude = Patterns(wishes.exclude)
        self.closure: Closure[Any_Image] = Closure()
        self.waiting: list[Library[Any_Image]] = []
        self.by_path: dict[Path, Library[Any_Image]] = {}
        self.by_hash: dict[str, Library[Any_Image]] = {}

    def run(self) -> None:
        while self.waiting:
            library = self.waiting.pop(0)
            for name in dict.fromkeys(self.linkage.needs(library)):
                self._follow(name, library)

    def _follow(self, name: str, library: Library[Any_Image]) -> None:
        linkage = self.linkage
        if linkage.is_inside(name, library) or self._is_left_out(name, library):
            return
        if linkage.is_system(name, library):
            return
        short, tried = linkage.short(name), list[str]()
        found = self._search(linkage.candidates(name, library), library, tried)
        if found is None:
            self._miss(name, library, tried)
            return
        pattern = self.exclude.find(short, str(found.path), str(found.real))
        if pattern is None:
            library.needs[name] = self._add(found, short, library)
        else:
            self.closure.left_out[short] = f"excluded by {pattern}"

    def _is_left_out(self, name: str, library: Library[Any_Image]) -> bool:
        short = self.linkage.short(name)
        pattern = self.exclude.find(short, name)
        if pattern is not None:
            self.closure.left_out[short] = f"excluded by {pattern}"
            return True
        provider = self._provider(short)
        if provider is None:
            return False
        package, library.provided[name] = provider
        self.closure.left_out[short] = f"provided by {package}"
        return True

    def _miss(
        self, name: str, library: Library[Any_Image], tried: Sequence[str]
    ) -> None:
        closure = self.closure
        if self.linkage.is_optional(name, library):
            closure.left_out[self.linkage.short(name)] = "not found, and optional"
            return
        users, places = closure.missing.setdefault(name, ([], []))
        users.append(library.shown)
        places += [item for item in tried if item not in places]

    def _search(
        self, candidates: Iterable[Path], library: Library[Any_Image], tried: list[str]
    ) -> Found | None:
        return self.linkage.search.find(
            candidates, lambda image: self.linkage.refusal(image, library), tried
        )

    def _add(
        self, found: Found, asked: str, user: Library[Any_Image] | None
    ) -> Library[Any_Image]:
        known = self.by_path.get(found.real)
        if known is None:
            digest = compute_sha256(found.real)
            known = self.by_hash.get(digest)
            if known is None:
                chain = () if user is None else (user, *user.chain)
                image: Any_Image = found.image  # type: ignore[assignment]
                real = found.real
                known = Library(image, "", real, asked, chain=chain, sha256=digest)
                self.by_hash[digest] = known
                self.closure.outside.append(known)
                self.waiting.append(known)
            self.by_path[found.real] = known
        return known

    def include(self, pattern: str) -> None:
        inside = list(self.closure.inside.values())
        tried: list[str] = []
        seen = set()
        # Names that lead to one file are all found; it joins the wheel once.
        for path in self.linkage.search.matching(pattern):
            for library in inside[:1]:
                found = self._search([path], library, tried)
                if found is None:
                    continue
                real = found.real
                if real not in seen:
                    seen.add(real)
                    self._add(found, path.name, None).is_included = True
            if seen and "*" not in pattern and "?" not in pattern:
                return
        if not seen:
            raise PatternError(pattern, list(dict.fromkeys(tried)))

    def _provider(self, name: str) -> tuple[str, str] | None:
        provider: Provider
        for provider in self.wishes.providers:
            for pattern, folder in provider.libraries.items():
                if matches_name(name, pattern):
                    return provider.package, folder
        return None
