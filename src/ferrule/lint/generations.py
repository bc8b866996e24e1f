"""PyO3's two generations of the calls that start and enter Python.

0.26 brought new names, 0.28 removed the old ones (PyO3's changelog); between them
both exist. A program that was written for the other generation does not compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.lint.embedding import Part
    from ferrule.lint.source import Source

__all__ = ["GENERATIONS", "Name", "Use", "find_other_generation", "replacement"]

Release = tuple[int, int]


@dataclass(frozen=True)
class Name:
    """A function that not every release has."""

    since: Release
    until: Release
    """The first release without it."""
    other: str
    """What the other generation has instead."""
    is_associated: bool = True
    """Whether it is called as `Python::NAME`."""


_OLD: Final = ((0, 0), (0, 28))
_NEW: Final = ((0, 26), (99, 0))

GENERATIONS: Final = {
    "prepare_freethreaded_python": Name(
        *_OLD, "Python::initialize()", is_associated=False
    ),
    "with_gil": Name(*_OLD, "Python::attach(...)"),
    "with_gil_unchecked": Name(*_OLD, "Python::attach_unchecked(...)"),
    "initialize": Name(*_NEW, "pyo3::prepare_freethreaded_python()"),
    "attach": Name(*_NEW, "Python::with_gil(...)"),
    "try_attach": Name(*_NEW, "Python::with_gil(...)"),
    "attach_unchecked": Name(*_NEW, "Python::with_gil_unchecked(...)"),
}
"""The functions by their names."""


@dataclass(frozen=True)
class Use:
    """A call of a function that a release does not have."""

    path: str
    line: int
    name: str


def replacement(name: str, release: Release) -> str:
    """Return what a release has instead of a function; empty if it has it."""
    known = GENERATIONS.get(name)
    if known is None or known.since <= release < known.until:
        return ""
    return known.other


def find_other_generation(parts: Sequence[Part], release: Release) -> list[Use]:
    """Return the calls in a program that its release of PyO3 does not have.

    Nothing where calls of both generations are: the program chooses by `cfg`.
    """
    found: list[Use] = []
    for part in parts:
        source, hidden = part.tree.source, part.tree.hidden
        for index, token in enumerate(source.tokens):
            if token.kind != "ident" or source.word(index) not in GENERATIONS:
                continue
            if not _is_call(source, index):
                continue
            if not replacement(source.word(index), release):
                return []
            if any(first <= index < last for first, last in hidden):
                return []
            line = source.position(index)[0]
            found.append(Use(source.path, line, source.word(index)))
    return found


def _is_call(source: Source, index: int) -> bool:
    """Tell whether a name is called, as a function of PyO3."""
    if not source.is_punct(index + 1, "("):
        return False
    if not source.is_punct(index - 1, "::"):
        return False
    owner = source.word(index - 2)
    is_associated = GENERATIONS[source.word(index)].is_associated
    return owner == ("Python" if is_associated else "pyo3")
