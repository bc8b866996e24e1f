"""Conditional compilation: whether a predicate holds, does not, or is unknown.

Follows the chapter "Conditional compilation" of the Rust Reference. `None`
means unknown throughout: a name that only a build script or the compiler's
command line can set.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Optional

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.lint.source import Source

__all__ = ["Conditions", "both", "python_names", "target_names"]

Truth = Optional[bool]

_NEVER = frozenset(("doc", "doctest", "miri", "rustfmt", "clippy", "loom", "fuzzing"))
"""Names that no ordinary build sets."""
_PYTHON = ("PyPy", "GraalPy", "RustPython", "Py_LIMITED_API", "Py_GIL_DISABLED")
_NEWEST_MINOR = 30
"""Beyond every Python that PyO3 can know."""


def both(one: Truth, other: Truth) -> Truth:
    """Return one AND other."""
    if one is False or other is False:
        return False
    return True if one and other else None


@dataclass(frozen=True)
class Conditions:
    """What is known about the compilation of one crate."""

    features: frozenset[str] = frozenset()
    """The crate's enabled features; all others are off."""
    names: dict[str, Truth] = field(default_factory=dict)
    """Names without a value, and `key="value"`, that are on, off or unknown."""
    test: Truth = False

    def holds(self, source: Source, start: int, end: int) -> Truth:
        """Evaluate the predicate that the tokens from `start` to `end` make."""
        word = source.word(start)
        if source.is_punct(start + 1, "(") and source.after(start + 1) == end:
            parts = [
                self.holds(source, *piece)
                for piece in source.pieces(start + 2, end - 1)
            ]
            return _combine(word, parts)
        if start + 1 == end:
            return self._name(word)
        if source.is_punct(start + 1, "=") and start + 3 == end:
            value = source.tokens[start + 2]
            if value.kind == "string" and value.text.startswith('"'):
                return self._pair(word, value.text[1:-1])
        return None

    def _name(self, word: str) -> Truth:
        if word in ("true", "false"):
            return word == "true"
        if word == "test":
            return self.test
        if word in _NEVER:
            return False
        return self.names.get(word)

    def _pair(self, key: str, value: str) -> Truth:
        if key == "feature":
            return value in self.features
        exact = self.names.get(f'{key}="{value}"')
        if exact is None and any(name.startswith(f'{key}="') for name in self.names):
            return False
        return exact


def _combine(word: str, parts: list[Truth]) -> Truth:
    if word == "not" and len(parts) == 1:
        return None if parts[0] is None else not parts[0]
    if word == "all":
        result: Truth = True
        for part in parts:
            result = both(result, part)
        return result
    if word == "any":
        if True in parts:
            return True
        return None if None in parts else False
    return None


def python_names(
    minimum: tuple[int, int], *, stable: bool, free_threaded: bool, passed_on: Truth
) -> dict[str, Truth]:
    """Return what PyO3's `use_pyo3_cfgs` sets for CPython.

    `passed_on` tells whether the crate's build script calls it: if not, none
    of the names is ever set, and every `not(Py_...)` holds.
    """
    names: dict[str, Truth] = dict.fromkeys(_PYTHON, False)
    names["Py_LIMITED_API"] = stable
    names["Py_GIL_DISABLED"] = free_threaded
    for minor in range(6, _NEWEST_MINOR):
        names[f"Py_3_{minor}"] = (3, minor) <= minimum
    if passed_on:
        return names
    return dict.fromkeys(names, passed_on)


def target_names(triple: str) -> dict[str, Truth]:
    """Return what rustc sets for a target, as far as its name tells."""
    parts = triple.split("-")
    windows, apple = "windows" in parts, "apple" in parts
    linux = "linux" in parts and not triple.endswith(("android", "androideabi"))
    if not (windows or apple or linux):
        return {}
    system = "windows" if windows else "linux" if linux else "macos"
    if apple and "darwin" not in parts:
        return {}
    return {
        "windows": windows,
        "unix": not windows,
        f'target_os="{system}"': True,
        f'target_family="{"windows" if windows else "unix"}"': True,
    }
