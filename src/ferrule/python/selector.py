"""The grammar of `--interpreter`: what a word such as `3.13t` asks for.

Paths, command names, versions (`3.12`, `3.12.1`, `3.13t`, `3.13d`), versions
of an implementation (`pypy3.11`, `graalpy`, `cpython3.12`), ranges
(`3.9-3.13`, `pypy3.10-3.11`) and `all`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

from ferrule.errors.python import SelectorSyntaxError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["Name", "Selector", "parse_name", "parse_selector"]

_IMPLEMENTATIONS: Final = {
    "": "CPython",
    "python": "CPython",
    "cpython": "CPython",
    "pypy": "PyPy",
    "graalpy": "GraalVM",
}


@dataclass(frozen=True)
class Name:
    """What the name of an interpreter promises, for example `python3.13t`."""

    prefix: str
    """`python`, `cpython`, `pypy`, `graalpy`, or nothing for a bare version."""
    version: tuple[int, ...] = ()
    free_threaded: bool = False
    debug: bool = False

    @property
    def implementation(self) -> str:
        """Return the implementation in PyO3's spelling."""
        return _IMPLEMENTATIONS[self.prefix]

    def fits(self, interpreter: Interpreter) -> bool:
        """Return whether the interpreter is what the name promises.

        `3.13` means the build with a GIL; a debug build fits as well, for
        where there is no other.
        """
        return (
            interpreter.implementation == self.implementation
            and interpreter.version[: len(self.version)] == self.version
            and interpreter.gil_disabled == self.free_threaded
            and (interpreter.debug or not self.debug)
        )


@dataclass(frozen=True)
class Selector:
    """One value of `--interpreter`."""

    text: str
    kind: Literal["path", "command", "version", "range", "all"]
    name: Name | None = None
    """What the word promises; of a range, its lower end."""
    upper: tuple[int, ...] = ()
    """Upper end of a range, which belongs to it."""


def parse_name(text: str) -> Name | None:
    """Return what an interpreter's name says, or None for another word.

    >>> parse_name("python3.13t")
    Name(prefix='python', version=(3, 13), free_threaded=True, debug=False)
    >>> parse_name("python3-config") is None
    True
    """
    prefix = text.rstrip("0123456789.td")
    # `pypy` ends in no flag, but a name such as `python-dt` would lose letters.
    rest = text[len(prefix) :]
    if prefix not in _IMPLEMENTATIONS:
        return None
    number = rest.rstrip("td")
    flags = rest[len(number) :]
    if flags not in ("", "t", "d", "td") or (flags and not number):
        return None
    version = _parse_version(number)
    if version is None or (not prefix and len(version) < 2):
        return None
    return Name(prefix, version, "t" in flags, "d" in flags)


def _parse_version(text: str) -> tuple[int, ...] | None:
    if not text:
        return ()
    parts = text.split(".")
    if len(parts) > 3 or not all(part.isdigit() for part in parts):
        return None
    return tuple(int(part) for part in parts)


def parse_selector(text: str) -> Selector:
    """Return what a value of `--interpreter` asks for.

    Raises `SelectorSyntaxError` for a value that has no meaning.

    >>> parse_selector("3.9-3.13").upper
    (3, 13)
    """
    word = text.strip()
    if not word:
        raise SelectorSyntaxError(text, "it is empty")
    if word == "all":
        return Selector(word, "all")
    if os.sep in word or "/" in word or word[0] in ".~":
        return Selector(os.path.expanduser(word), "path")
    lower, dash, upper = word.partition("-")
    if dash and upper[:1].isdigit() and parse_name(lower) is not None:
        return _parse_range(word, lower, upper)
    name = parse_name(word)
    if name is not None:
        return Selector(word, "command" if name.prefix else "version", name)
    if not (word[0].isalpha() or word[0] == "_"):
        raise SelectorSyntaxError(text, "it is no version, range, command or path")
    return Selector(word, "command")


def _parse_range(word: str, lower: str, upper: str) -> Selector:
    first, last = parse_name(lower), parse_name(upper)
    if first is None or last is None or len(first.version) != 2:
        raise SelectorSyntaxError(word, "a range has two versions, such as 3.9-3.13")
    if len(last.version) != 2:
        raise SelectorSyntaxError(word, "the ends of a range are minor versions")
    if (first.free_threaded, first.debug) != (last.free_threaded, last.debug):
        raise SelectorSyntaxError(
            word, "both ends of a range name the same kind of build (3.13t-3.14t)"
        )
    if last.version < first.version:
        raise SelectorSyntaxError(word, "the lower version comes first in a range")
    return Selector(word, "range", first, last.version)
