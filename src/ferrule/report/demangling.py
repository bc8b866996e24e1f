"""Which crate a Rust symbol belongs to.

Names are decoded only as far as that needs. Sources: the Rust reference's "v0
Symbol Format" (RFC 2603) for `_R`; rustc's legacy mangling for `_ZN…17h<hash>E`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

__all__ = ["STANDARD_CRATES", "crate_of"]

STANDARD_CRATES = frozenset(
    {"alloc", "compiler_builtins", "core", "panic_abort", "panic_unwind", "std"}
)
"""The crates of Rust's own libraries."""

_LEGACY_HASH = re.compile(r"17h[0-9a-f]{16}E")
_LEGACY_ESCAPES = {
    "$LT$": "<",
    "$GT$": ">",
    "$RF$": "&",
    "$BP$": "*",
    "$SP$": "@",
    "$C$": ",",
    "$LP$": "(",
    "$RP$": ")",
}
_LEGACY_SIGN = re.compile(r"\$(?:u([0-9a-f]{1,6})|[A-Z]{1,2})\$|\.\.")
_PATH = re.compile(r"(?:\w+::)+\w+")
_MAX_DEPTH = 200
_LIFETIMES_AND_TYPES = frozenset("abcdefhijlmnopstuvxyz")


def crate_of(symbol: str) -> str | None:
    """Return the crate that a symbol's code was written in; None if not Rust.

    Methods of a trait's implementation for a type of the standard library count
    for the trait's crate.

    >>> crate_of("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE")
    'core'
    >>> crate_of("_RNvCs1234_7mycrate3foo")
    'mycrate'
    """
    plain = symbol[1:] if symbol.startswith(("__R", "__Z")) else symbol
    if plain.startswith("_ZN"):
        # Binaries hold ten thousands of these: the usual end is looked at first.
        is_rust = plain[-20:-17] == "17h" or _LEGACY_HASH.search(plain) is not None
        return _legacy_crate(plain) if is_rust else None
    return _v0_crate(plain[2:]) if plain.startswith("_R") else None


# ---------------------------------------------------------------------- legacy


def _legacy_crate(symbol: str) -> str | None:
    start = 3
    while symbol[start : start + 1].isdigit():
        start += 1
    first = symbol[start : start + int(symbol[3:start] or "0")]
    return _crate_of_first(first)


@lru_cache(maxsize=1 << 14)
def _crate_of_first(first: str) -> str | None:
    if "$" not in first:
        return first if first.isidentifier() else None
    return _qualified_crate(_unescaped(first))


def _unescaped(text: str) -> str:
    def sign(found: re.Match[str]) -> str:
        if found[0] == "..":
            return "::"
        if found[1]:
            number = int(found[1], 16)
            return chr(number) if number < 0x110000 else ""
        return _LEGACY_ESCAPES.get(found[0], "")

    return _LEGACY_SIGN.sub(sign, text.lstrip("_"))


def _qualified_crate(text: str) -> str | None:
    """Return the crate of `<Type as Trait>`, or of a type's own method."""
    self_type, _, trait = text.strip("<>").partition(" as ")
    crates = [_first_crate(self_type), _first_crate(trait)]
    known = [item for item in crates if item]
    foreign = [item for item in known if item not in STANDARD_CRATES]
    return next(iter(foreign or known), None)


def _first_crate(text: str) -> str | None:
    found = _PATH.search(text)
    return found[0].partition("::")[0] if found else None


# -------------------------------------------------------------------------- v0


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """The symbol does not follow the grammar."""


def _v0_crate(body: str) -> str | None:
    try:
        return _V0(body).path_crate(0)
    except (_Unreadable, IndexError, ValueError):
        return None


class _V0:
    """A position in the text after `_R`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def path_crate(self, depth: int) -> str | None:
        """Read one path and return the crate in which it was written."""
        if depth > _MAX_DEPTH:
            raise _Unreadable
        kind = self._next()
        if kind == "C":
            return self._identifier()
        if kind == "N":
            self._next()
            crate = self.path_crate(depth + 1)
            self._identifier()
            return crate
        if kind == "I":
            crate = self.path_crate(depth + 1)
            while not self._takes("E"):
                self._generic_argument(depth + 1)
            return crate
        if kind in "MX":
            self._disambiguator()
            crate = self.path_crate(depth + 1)
            self._type(depth + 1)
            if kind == "X":
                self.path_crate(depth + 1)
            return crate
        if kind == "Y":
            self._type(depth + 1)
            return self.path_crate(depth + 1)
        if kind == "B":
            return self._at_reference(lambda: self.path_crate(depth + 1))
        raise _Unreadable

    def _next(self) -> str:
        sign = self.text[self.place]
        self.place += 1
        return sign

    def _takes(self, sign: str) -> bool:
        if self.text[self.place] != sign:
            return False
        self.place += 1
        return True

    def _base_62(self) -> int:
        if self._takes("_"):
            return 0
        end = self.text.index("_", self.place)
        value = 0
        for sign in self.text[self.place : end]:
            digit = _BASE_62.find(sign)
            if digit < 0:
                raise _Unreadable
            value = value * 62 + digit
        self.place = end + 1
        return value + 1

    def _disambiguator(self) -> None:
        if self._takes("s"):
            self._base_62()

    def _identifier(self) -> str:
        self._disambiguator()
        self._takes("u")
        size = self._decimal()
        self._takes("_")
        name = self.text[self.place : self.place + size]
        if len(name) < size:
            raise _Unreadable
        self.place += size
        return name

    def _decimal(self) -> int:
        start = self.place
        if self._takes("0"):
            return 0
        while self.text[self.place].isdigit():
            self.place += 1
        return int(self.text[start : self.place])

    def _at_reference(self, read: Callable[[], str | None]) -> str | None:
        start = self.place - 1
        target = self._base_62()
        if target >= start:
            raise _Unreadable
        back, self.place = self.place, target
        found = read()
        self.place = back
        return found

    def _generic_argument(self, depth: int) -> None:
        if self._takes("L"):
            self._base_62()
        elif self._takes("K"):
            self._constant(depth)
        else:
            self._type(depth)

    def _type(self, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise _Unreadable
        kind = self._next()
        if kind in _LIFETIMES_AND_TYPES:
            return
        if kind in "SPORQ":
            if kind in "RQ" and self._takes("L"):
                self._base_62()
            self._type(depth + 1)
        elif kind == "A":
            self._type(depth + 1)
            self._constant(depth + 1)
        elif kind == "T":
            while not self._takes("E"):
                self._type(depth + 1)
        elif kind == "F":
            self._function(depth + 1)
        elif kind == "D":
            self._trait_object(depth + 1)
        elif kind == "B":
            self._base_62()
        else:
            self.place -= 1
            self.path_crate(depth + 1)

    def _function(self, depth: int) -> None:
        if self._takes("G"):
            self._base_62()
        self._takes("U")
        if self._takes("K") and not self._takes("C"):
            self._identifier()
        while not self._takes("E"):
            self._type(depth)
        self._type(depth)

    def _trait_object(self, depth: int) -> None:
        if self._takes("G"):
            self._base_62()
        while not self._takes("E"):
            self.path_crate(depth)
            while self._takes("p"):
                self._identifier()
                self._type(depth)
        if not self._takes("L"):
            raise _Unreadable
        self._base_62()

    def _constant(self, depth: int) -> None:
        if self._takes("p"):
            return
        if self._takes("B"):
            self._base_62()
            return
        self._type(depth)
        self._takes("n")
        self.place = self.text.index("_", self.place) + 1


_BASE_62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
