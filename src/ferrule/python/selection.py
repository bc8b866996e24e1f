"""From the values of `--interpreter` to interpreters.

Paths and commands are asked directly; versions, ranges and `all` look through
everything that `discovery` finds. What cannot be satisfied is reported
together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.python import (
    InterpreterNotFoundError,
    InterpreterProbeError,
    RequiresPythonError,
    SelectionError,
    UnsuitableInterpreterError,
)
from ferrule.python.discovery import Candidate, base_identity, find_candidates
from ferrule.python.interpreter import Interpreter
from ferrule.python.probe import OLDEST, ProbeFailure, probe
from ferrule.python.search import environment_python, find_command
from ferrule.python.selector import Name, Selector, parse_selector

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

__all__ = ["select_interpreters", "selector_name"]


def select_interpreters(
    selectors: Sequence[str],
    env: Mapping[str, str],
    *,
    requires_python: str | None = None,
) -> list[Interpreter]:
    """Return the interpreters that were asked for, each installation once.

    The order is that of `selectors`; ranges and `all` ascend, and keep to
    `requires_python`. Raises `SelectionError`, which holds every problem, and
    `RequiresPythonError` for a specifier that is none.
    """
    search = _Search(env, requires_python)
    chosen: dict[tuple[int, int, str], Interpreter] = {}
    problems: list[FerruleError] = []
    for text in selectors:
        found = search.try_select(text)
        if isinstance(found, FerruleError):
            problems.append(found)
            continue
        for interpreter in found:
            chosen.setdefault(base_identity(interpreter), interpreter)
    if problems:
        raise SelectionError(problems, search.describe_found())
    return list(chosen.values())


class _Search:
    """The interpreters of this machine, looked for when the first is needed."""

    def __init__(self, env: Mapping[str, str], requires_python: str | None) -> None:
        self.env = env
        self.requires_python = requires_python
        self.allows = _requirement(requires_python)
        self._candidates: list[Candidate] | None = None

    @property
    def candidates(self) -> list[Candidate]:
        if self._candidates is None:
            self._candidates = find_candidates(self.env)
        return self._candidates

    @property
    def usable(self) -> list[Interpreter]:
        return [
            candidate.interpreter
            for candidate in self.candidates
            if candidate.interpreter is not None and candidate.is_usable
        ]

    def describe_found(self) -> list[str]:
        """Return one line per usable interpreter, for error messages."""
        return [
            f"{selector_name(found)}  ({found.version_text}, {found.executable})"
            for found in self.usable
        ]

    def try_select(self, text: str) -> list[Interpreter] | FerruleError:
        """Return what one value means, or the error that explains a miss."""
        try:
            return self._select(parse_selector(text))
        except FerruleError as error:
            return error

    def _select(self, selector: Selector) -> list[Interpreter]:
        if selector.kind == "all":
            return self._all(selector)
        if selector.kind == "range":
            return self._range(selector)
        if selector.kind == "path":
            found = self._path(selector)
        elif selector.kind == "command":
            found = self._command(selector)
        else:
            found = self._version(selector)
        if not self.allows(found):
            raise UnsuitableInterpreterError(
                selector.text,
                f"{found.executable} is Python {found.version_text}",
                self.requires_python or "",
            )
        return [found]

    def _path(self, selector: Selector) -> Interpreter:
        path = selector.text
        if os.path.isdir(path):
            path = environment_python(path)
        found = probe([path], self.env)[0]
        if isinstance(found, ProbeFailure):
            raise InterpreterProbeError(
                path, found.reason, origin=f"--interpreter {selector.text}"
            )
        return found

    def _command(self, selector: Selector) -> Interpreter:
        name = selector.name
        path = find_command(selector.text, self.env)
        is_exact = name is not None and len(name.version) > 1
        if path is not None:
            found = probe([path], self.env)[0]
            if isinstance(found, Interpreter):
                if not is_exact or (name is not None and name.fits(found)):
                    return found
            elif not is_exact:
                raise InterpreterProbeError(
                    path, found.reason, origin=f"--interpreter {selector.text}"
                )
        if name is None or (name.prefix == "python" and not is_exact):
            raise InterpreterNotFoundError(
                selector.text, "no such command on PATH", known=self._known_names()
            )
        return self._version(selector)

    def _version(self, selector: Selector) -> Interpreter:
        name = selector.name
        matches = [found for found in self.usable if name and name.fits(found)]
        if matches:
            return _best(matches)
        raise InterpreterNotFoundError(
            selector.text, self._explain_miss(name), known=self._known_names()
        )

    def _explain_miss(self, name: Name | None) -> str:
        """Return why a version was not found: too old, broken, or not there."""
        if name is None:
            return "not found"
        minor = name.version[:2]
        if len(minor) == 2 and minor < OLDEST:
            return f"Python {minor[0]}.{minor[1]} is too old: PyO3 needs 3.7 or newer"
        if name.free_threaded and minor and minor < (3, 13):
            return "free-threaded builds exist from Python 3.13 on"
        others = [
            f"{selector_name(found)} ({found.version_text})"
            for found in self.usable
            if found.implementation == name.implementation
            and found.minor_version == minor
        ]
        if others:
            return f"there is only {', '.join(others)}"
        wanted = ".".join(map(str, minor))
        for candidate in self.candidates:
            if candidate.interpreter is None and wanted and wanted in candidate.path:
                return f"{candidate.path} does not work: {candidate.reason}"
        return "looked on PATH, in pyenv, uv, conda and system folders"

    def _range(self, selector: Selector) -> list[Interpreter]:
        name = selector.name
        if name is None:
            return []
        lower, upper = max(name.version[:2], OLDEST), selector.upper
        kind = Name(name.prefix, (), name.free_threaded, name.debug)
        matches = [
            found
            for found in self.usable
            if kind.fits(found) and lower <= found.minor_version <= upper
        ]
        if not matches:
            reason = self._explain_miss(None if upper >= OLDEST else name)
            raise InterpreterNotFoundError(
                selector.text, f"nothing in this range: {reason}", known=()
            )
        chosen = [found for found in _best_of_each(matches) if self.allows(found)]
        if not chosen:
            raise self._outside(selector)
        self._warn_of_gaps(selector, name, {found.minor_version for found in matches})
        return chosen

    def _warn_of_gaps(
        self, selector: Selector, name: Name, found: set[tuple[int, int]]
    ) -> None:
        """Tell which versions of a range this machine does not have."""
        minors = range(max(name.version[:2], OLDEST)[1], selector.upper[1] + 1)
        start = "" if name.implementation == "CPython" else name.prefix
        end = "t" if name.free_threaded else ""
        missing = [
            f"{start}3.{minor}{end}"
            for minor in minors
            if (3, minor) not in found and self._may_require(minor)
        ]
        if missing:
            log.warn(
                f'no interpreter for {", ".join(missing)} of "{selector.text}": '
                "these are left out"
            )

    def _may_require(self, minor: int) -> bool:
        """Return whether some release of 3.`minor` is inside requires-python."""
        requirement = _parse_requirement(self.requires_python)
        return requirement is None or any(
            requirement.contains(f"3.{minor}.{micro}", prereleases=True)
            for micro in (0, 99)
        )

    def _all(self, selector: Selector) -> list[Interpreter]:
        chosen = [found for found in _best_of_each(self.usable) if self.allows(found)]
        if not self.usable:
            raise InterpreterNotFoundError(
                selector.text, "no interpreter was found at all", known=()
            )
        if not chosen:
            raise self._outside(selector)
        return chosen

    def _outside(self, selector: Selector) -> UnsuitableInterpreterError:
        return UnsuitableInterpreterError(
            selector.text,
            "none of the interpreters that were found is inside requires-python",
            self.requires_python or "",
        )

    def _known_names(self) -> list[str]:
        return list(dict.fromkeys(["all", *map(selector_name, self.usable)]))


def selector_name(interpreter: Interpreter) -> str:
    """Return the word that selects the interpreter: `3.13t`, `pypy3.11`."""
    prefix = {"PyPy": "pypy", "GraalVM": "graalpy"}.get(interpreter.implementation, "")
    major, minor = interpreter.minor_version
    flags = ("t" if interpreter.gil_disabled else "") + (
        "d" if interpreter.debug else ""
    )
    return f"{prefix}{major}.{minor}{flags}"


def _best(matches: Sequence[Interpreter]) -> Interpreter:
    """Return the one to take: no debug build, then the newest, then the first."""
    return max(matches, key=lambda found: (not found.debug, found.version))


def _best_of_each(found: Iterable[Interpreter]) -> list[Interpreter]:
    """Return the best of every implementation and minor version, in order."""
    groups: dict[tuple[str, tuple[int, int], bool], list[Interpreter]] = {}
    for item in found:
        key = (item.implementation, item.minor_version, item.gil_disabled)
        groups.setdefault(key, []).append(item)
    order = ("CPython", "PyPy", "GraalVM")
    keys = sorted(groups, key=lambda key: (order.index(key[0]), *key[1:]))
    return [_best(groups[key]) for key in keys]


def _parse_requirement(requires_python: str | None) -> SpecifierSet | None:
    if not requires_python:
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(requires_python)
    except InvalidSpecifier as error:
        raise RequiresPythonError(requires_python) from error


def _requirement(requires_python: str | None) -> Callable[[Interpreter], bool]:
    """Return a test for interpreters out of `requires-python` (PEP 440)."""
    requirement = _parse_requirement(requires_python)
    if requirement is None:
        return lambda _: True
    return lambda interpreter: requirement.contains(
        interpreter.version_text, prereleases=True
    )
