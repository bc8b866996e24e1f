"""Errors about Python interpreters: finding, running and choosing them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, SeveralError, did_you_mean

__all__ = [
    "InterpreterNotFoundError",
    "InterpreterProbeError",
    "NoDefaultInterpreterError",
    "RegistryError",
    "RequiresPythonError",
    "SelectionError",
    "SelectorSyntaxError",
    "SeveralInterpretersError",
    "UnregisteredPythonError",
    "UnsuitableInterpreterError",
]


class InterpreterProbeError(FerruleError):
    """An interpreter that was asked for by name or path does not answer."""

    exit_code = 4

    def __init__(self, path: str, reason: str, *, origin: str, fix: str = "") -> None:
        super().__init__(
            f"failed to run the Python interpreter at {path or '(empty)'}",
            why=[reason, f"it was chosen by {origin}"],
            fix=fix,
        )
        self.path = path
        self.reason = reason
        self.origin = origin


class NoDefaultInterpreterError(FerruleError):
    """Nothing in the environment leads to a Python 3."""

    exit_code = 4

    def __init__(self, tried: Sequence[str]) -> None:
        super().__init__(
            "no Python 3.x interpreter found",
            why=tried,
            fix="activate a virtual environment, set PYO3_PYTHON, or choose one "
            "with --interpreter; `ferrule python list` shows what there is",
        )


class SelectorSyntaxError(FerruleError):
    """A value of `--interpreter` has no meaning."""

    exit_code = 2

    def __init__(self, selector: str, reason: str) -> None:
        super().__init__(
            f'"{selector}" does not name an interpreter',
            why=[reason],
            fix="write a path, a command, a version (3.12, 3.13t, pypy3.11, "
            "graalpy), a range (3.9-3.13) or `all`",
        )
        self.selector = selector


class InterpreterNotFoundError(FerruleError):
    """Nothing on this machine fits a value of `--interpreter`."""

    exit_code = 4

    def __init__(self, selector: str, reason: str, *, known: Sequence[str]) -> None:
        hint = did_you_mean(selector, known) if not selector[:1].isdigit() else ""
        super().__init__(f'no interpreter for "{selector}"{hint}', why=[reason])
        self.selector = selector


class UnsuitableInterpreterError(FerruleError):
    """An interpreter was named that the project does not support."""

    exit_code = 4

    def __init__(self, selector: str, found: str, requires_python: str) -> None:
        super().__init__(
            f'"{selector}" does not fit the project',
            why=[f"{found}", f'requires-python is "{requires_python}"'],
            fix="leave it out, or change requires-python in pyproject.toml",
        )
        self.selector = selector


class RequiresPythonError(FerruleError):
    """`requires-python` is no version specifier (PEP 440)."""

    exit_code = 2

    def __init__(self, requires_python: str) -> None:
        super().__init__(
            f'requires-python "{requires_python}" is not a version specifier',
            fix='write for example ">=3.9" (PEP 440)',
        )


class SelectionError(SeveralError):
    """Values of `--interpreter` that cannot be satisfied, all in one report."""

    exit_code = 4

    def __init__(self, problems: Sequence[FerruleError], found: Sequence[str]) -> None:
        if len(problems) == 1:
            what = "the requested interpreter cannot be used"
        else:
            what = f"{len(problems)} of the requested interpreters cannot be used"
        super().__init__(what, problems)
        self.found = tuple(found)
        if all(problem.exit_code == 2 for problem in problems):
            self.exit_code = 2  # type: ignore[misc]

    def __str__(self) -> str:
        lines = [super().__str__()]
        if self.found:
            lines.append("  found on this machine:")
            lines += [f"    {line}" for line in self.found]
        else:
            lines.append("  no usable interpreter was found on this machine")
        lines.append("  fix: `ferrule python list --all` shows every candidate and why")
        return "\n".join(lines)


class RegistryError(FerruleError):
    """The file of registered Pythons cannot be read or written."""

    exit_code = 4

    def __init__(self, path: Path, reason: str, *, is_refused: bool = False) -> None:
        fix = "remove the file and register them again (ferrule python add-target)"
        if is_refused:
            fix = "see that you may read and write it, or set FERRULE_CONFIG_DIR"
        super().__init__(
            f"cannot use {path}, the list of registered Pythons", why=[reason], fix=fix
        )


class SeveralInterpretersError(FerruleError):
    """Several Pythons for one program."""

    exit_code = 2

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"a program has one Python in it, and {len(names)} are named",
            why=[f"named are: {', '.join(names)}"],
            fix="name one of them with -i",
        )


class UnregisteredPythonError(FerruleError):
    """A name that no registered Python has."""

    exit_code = 2

    def __init__(self, word: str, known: Sequence[str]) -> None:
        names = ", ".join(known) or "none"
        super().__init__(
            f'no registered Python is called "{word}"{did_you_mean(word, known)}',
            why=[f"registered are: {names}"],
            fix="name one by its name, its target or its folder",
        )
