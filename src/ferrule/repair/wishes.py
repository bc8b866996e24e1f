"""What the user wants of a repair: what joins the wheel and what does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ferrule.records import dataclass

__all__ = ["Patterns", "Provider", "RepairWishes", "preset"]

_SUFFIXES = (".so", ".dylib")


@dataclass(frozen=True)
class Provider:
    """Another wheel that brings libraries."""

    package: str
    libraries: Mapping[str, str]
    """Globs of names to the folder below site-packages; empty if it is unknown."""


@dataclass(frozen=True)
class RepairWishes:
    """The choices of one repair."""

    exclude: tuple[str, ...] = ()
    """Globs of names or, with a slash, of paths; names of presets."""
    include: tuple[str, ...] = ()
    """Paths, or globs of names, of libraries that are opened at run time."""
    no_mangle: tuple[str, ...] = ()
    """Globs of libraries that keep their names."""
    lib_paths: tuple[Path, ...] = ()
    build_paths: tuple[Path, ...] = ()
    """Where the build looked for libraries."""
    sysroots: tuple[Path, ...] = ()
    environment: tuple[Path, ...] = ()
    """Folders of `LD_LIBRARY_PATH` and its like."""
    uses_host: bool = True
    """Whether this machine's own libraries may join."""
    providers: tuple[Provider, ...] = ()
    clear_executable_stack: bool = False
    names_missing: bool = False
    """Leave out what is not found, and say so, instead of failing."""

    def without_host(self) -> RepairWishes:
        """Return the wishes for another machine's wheel."""
        return replace(self, uses_host=False, environment=())


def preset(name: str) -> tuple[str, ...]:
    """Return the patterns of a preset; the name itself where there is none."""
    if name.isalnum():
        import json

        path = Path(__file__).with_name("presets.json")
        table = json.loads(path.read_text(encoding="utf-8"))
        return tuple(table.get(name, (name,)))
    return (name,)


@dataclass
class Patterns:
    """Globs, which remember whether they matched anything."""

    wanted: tuple[str, ...]
    matched: set[str] = field(default_factory=set)
    _globs: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._globs = [(word, item) for word in self.wanted for item in preset(word)]

    def find(self, name: str, *paths: str) -> str | None:
        """Return the pattern that a library's name or one of its paths matches.

        >>> Patterns(("libfoo.so", "*/cuda/*")).find("libfoo.so.12")
        'libfoo.so'
        """
        found = None
        for word, pattern in self._globs:
            if word not in self.matched or found is None:
                if "/" in pattern:
                    is_match = any(fnmatchcase(path, pattern) for path in paths)
                else:
                    is_match = matches_name(name, pattern)
                if is_match:
                    self.matched.add(word)
                    found = found or word
        return found

    def unmatched(self) -> tuple[str, ...]:
        """Return the patterns that matched nothing; presets need not match."""
        return tuple(
            word
            for word in self.wanted
            if word not in self.matched and preset(word) == (word,)
        )


def matches_name(name: str, pattern: str) -> bool:
    """Return whether a library's name is meant; versions may be left out.

    >>> matches_name("libz.1.2.dylib", "libz.dylib")
    True
    """
    if name.lower().endswith((".dll", ".pyd")):
        name, pattern = name.lower(), pattern.lower()
    if fnmatchcase(name, pattern):
        return True
    stem, suffix = pattern, ""
    for item in _SUFFIXES:
        if pattern.endswith(item):
            stem, suffix = pattern[: -len(item)], item
    if suffix == ".so":
        return fnmatchcase(name, f"{pattern}.*")
    return suffix == ".dylib" and fnmatchcase(name, f"{stem}.*{suffix}")


def split_folders(text: str, separator: str) -> tuple[Path, ...]:
    """Return the folders of a search variable; empty parts mean nothing."""
    return tuple(Path(part) for part in text.split(separator) if part)


def unique(items: Iterable[Path]) -> list[Path]:
    """Return items in order, each once."""
    return list(dict.fromkeys(items))
