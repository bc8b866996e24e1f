"""From `--interpreter` and PyO3's variables to the Pythons of another machine.

Sources: the guide, "Cross Compiling". `PYO3_CROSS_LIB_DIR` names the files of a
real one, then the setting `sysroot`, then those that the user has registered
(`registry`); otherwise a version is enough for a module.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import FerruleError, SeveralError
from ferrule.errors.configuration import ConfigurationError
from ferrule.errors.python import InterpreterNotFoundError
from ferrule.python.foreign import FOREIGN_VERSIONS, describe_foreign
from ferrule.python.selector import Name, Selector, parse_name, parse_selector

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Version
    from ferrule.target.triple import Triple

__all__ = ["ForeignQuestion", "read_folder", "select_foreign", "selector_of"]

_PREFIXES = {"CPython": "", "PyPy": "pypy", "GraalVM": "graalpy"}


@dataclass(frozen=True)
class ForeignQuestion:
    """What decides which Pythons of another machine are meant."""

    target: Triple
    env: Mapping[str, str]
    requires_python: str | None
    find_local: Callable[[], Interpreter | None]
    """The active Python of this machine, whose version is the last resort."""
    probe: Callable[[str], Interpreter | None]
    """Asks an interpreter at a path; None where it does not run here."""
    sysroot: str = ""
    """The folder of a real one, as an absolute path."""


def select_foreign(
    selectors: Sequence[str], question: ForeignQuestion
) -> list[Interpreter | None]:
    """Return the Pythons that were asked for, in order; `[None]` for none at all.

    Without selectors: what `PYO3_CROSS_LIB_DIR` and
    `PYO3_CROSS_PYTHON_VERSION` name; then, without `PYO3_NO_PYTHON`, the version
    of the active Python. Raises `ConfigurationError` for values that cannot be
    read, `SeveralError` for several problems.
    """
    env = question.env
    if not selectors:
        named = _by_variables(question)
        if named is not None:
            return [named]
        local = None if "PYO3_NO_PYTHON" in env else question.find_local()
        if local is None:
            return [None]
        return [describe_foreign(_name_of(local), question.target)]
    found: dict[Name, Interpreter] = {}
    problems: list[FerruleError] = []
    for text in selectors:
        problems += _try_select(text, question, found)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise SeveralError(f"cannot choose Pythons for {question.target}", problems)
    return list(found.values())


def _try_select(
    text: str, question: ForeignQuestion, found: dict[Name, Interpreter]
) -> list[FerruleError]:
    """Add what one value means to `found`; return why that is impossible."""
    try:
        for name in _names(parse_selector(text), question):
            found.setdefault(name, _described(name, question))
    except FerruleError as error:
        return [error]
    return []


def _by_variables(question: ForeignQuestion) -> Interpreter | None:
    env = question.env
    text = env.get("PYO3_CROSS_PYTHON_VERSION")
    implementation = env.get("PYO3_CROSS_PYTHON_IMPLEMENTATION", "CPython")
    if implementation not in _PREFIXES:
        raise ConfigurationError(
            f'PYO3_CROSS_PYTHON_IMPLEMENTATION is "{implementation}"',
            fix="set it to CPython, PyPy or GraalVM, spelled exactly so",
        )
    if text is None:
        given = env.get("PYO3_CROSS_LIB_DIR")
        if given is not None and not question.target.is_windows:
            return _from_lib_dir(given, None, question)
        return _from_sysroot(None, question) if question.sysroot else None
    parsed = parse_name(f"{_PREFIXES[implementation]}{text}")
    if parsed is None or len(parsed.version) != 2:
        raise ConfigurationError(
            f'PYO3_CROSS_PYTHON_VERSION is "{text}"',
            fix="write major and minor version, such as 3.12 or 3.13t",
        )
    return _described(parsed, question)


def _described(name: Name, question: ForeignQuestion) -> Interpreter:
    target, env = question.target, question.env
    lib_dir = env.get("PYO3_CROSS_LIB_DIR")
    if lib_dir is not None and target.is_windows:
        from dataclasses import replace

        # PyO3 looks for nothing but import libraries there.
        return replace(describe_foreign(name, target), lib_dir=lib_dir)
    if lib_dir is not None:
        return _from_lib_dir(lib_dir, name, question)
    if question.sysroot:
        return _from_sysroot(name, question)
    from ferrule.python.registry import find_registered

    described = describe_foreign(name, target)
    found = find_registered(env, target, selector_of(described))
    if found is None:
        return described
    log.debug(f"the registered Python {found.name}: {found.path}")
    asked_by = f"`ferrule python add-target --name {found.name}`"
    return read_folder(found.path, target, name, asked_by=asked_by)


def _from_sysroot(name: Name | None, question: ForeignQuestion) -> Interpreter:
    return read_folder(question.sysroot, question.target, name, asked_by="sysroot")


def read_folder(
    folder: str, target: Triple, name: Name | None, *, asked_by: str
) -> Interpreter:
    """Return the Python of a target that a folder holds.

    `asked_by` is what named the folder. Raises `ConfigurationError` where there is
    none, or several, or a libpython of another machine.
    """
    if target.is_windows:
        from ferrule.python.foreign_windows import find_windows_python

        return find_windows_python(folder, target, name, asked_by=asked_by)
    from ferrule.python.foreign_files import find_foreign

    return find_foreign(folder, target, name, {}, asked_by=asked_by)


def _from_lib_dir(
    lib_dir: str, name: Name | None, question: ForeignQuestion
) -> Interpreter:
    from ferrule.python.foreign_files import find_foreign
    from ferrule.python.upstream_search import upstream_difference

    target, env = question.target, question.env
    found = find_foreign(lib_dir, target, name, env)
    difference = upstream_difference(lib_dir, target, name, env, found)
    if difference:
        log.info(difference)
    return found


def selector_of(interpreter: Interpreter) -> str:
    """Return what `--interpreter` selects a Python by, such as `3.14t`."""
    prefix = _PREFIXES.get(interpreter.implementation, "")
    major, minor = interpreter.minor_version
    letters = "t" if interpreter.gil_disabled else ""
    letters += "d" if interpreter.debug else ""
    return f"{prefix}{major}.{minor}{letters}"


def _names(selector: Selector, question: ForeignQuestion) -> list[Name]:
    """Return the exact names that one value stands for."""
    if selector.kind in ("all", "range"):
        return _several(selector, question)
    name = selector.name
    if name is not None and len(name.version) >= 2:
        prefix = _PREFIXES[name.implementation]
        return [Name(prefix, name.version[:2], name.free_threaded, name.debug)]
    if name is not None and name.implementation != "CPython":
        newest = FOREIGN_VERSIONS[name.implementation][-1]
        return [Name(name.prefix, newest)]
    # A path or a command such as `python3` names a Python of this machine, whose
    # version is meant; front ends pass nothing else (PEP 517).
    local = question.find_local() if name is not None else question.probe(selector.text)
    if local is None:
        raise InterpreterNotFoundError(
            selector.text,
            f"it does not run here, and nothing tells its version; for "
            f"{question.target} write a version",
            known=(),
        )
    return [_name_of(local)]


def _several(selector: Selector, question: ForeignQuestion) -> list[Name]:
    given = selector.name or Name("")
    versions = FOREIGN_VERSIONS[given.implementation]
    lower = given.version[:2] or versions[0]
    upper = selector.upper or versions[-1]
    first = (3, 13) if given.free_threaded else versions[0]
    prefix = _PREFIXES[given.implementation]
    wanted = [
        Name(prefix, version, given.free_threaded, given.debug)
        for version in versions
        if max(lower, first) <= version <= upper and _allows(question, version)
    ]
    if not wanted:
        raise InterpreterNotFoundError(
            selector.text, "no version of it is inside requires-python", known=()
        )
    return wanted


def _allows(question: ForeignQuestion, version: Version) -> bool:
    if not question.requires_python:
        return True
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(question.requires_python)
    return any(
        allowed.contains(f"{version[0]}.{version[1]}.{micro}", prereleases=True)
        for micro in (0, 99)
    )


def _name_of(interpreter: Interpreter) -> Name:
    return Name(
        _PREFIXES.get(interpreter.implementation, ""),
        interpreter.minor_version,
        interpreter.gil_disabled,
        interpreter.debug and os.name != "nt",
    )
