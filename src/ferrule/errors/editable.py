"""Errors of development installs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "BrokenEnvironmentError",
    "ExternallyManagedError",
    "ForeignInstallError",
    "InstallerFailedError",
    "NoEnvironmentError",
    "NoInstallerError",
    "NotEditableError",
    "NotInstalledError",
    "PythonNotAllowedError",
    "UnknownExtraError",
]

_CREATE = "create one: python3 -m venv .venv (or: uv venv)"


class NoEnvironmentError(FerruleError):
    """There is no environment to install into."""

    exit_code = 4

    def __init__(self, tried: Sequence[str], root: Path) -> None:
        super().__init__(
            "no Python environment to install into was found",
            why=[*tried, f"project: {root}"],
            fix=f"{_CREATE}, activate one, or name one with --python",
        )


class BrokenEnvironmentError(FerruleError):
    """The chosen environment has no Python that runs."""

    exit_code = 4

    def __init__(self, prefix: str, source: str, path: str, reason: str) -> None:
        super().__init__(
            f"the environment {prefix} ({source}) cannot be used",
            why=[f"{path}: {reason}"],
            fix="create it anew, or name another one with --python",
        )


class ExternallyManagedError(FerruleError):
    """The operating system manages this Python (PEP 668)."""

    exit_code = 4
    url = "https://peps.python.org/pep-0668/"

    def __init__(self, executable: str) -> None:
        super().__init__(
            f"{executable} is managed by the operating system: nothing is installed "
            "into it",
            fix=f"{_CREATE}, and ferrule will use it",
        )


class PythonNotAllowedError(FerruleError):
    """The environment's Python is none of those that the project allows."""

    exit_code = 4

    def __init__(self, version: str, executable: str, wanted: str) -> None:
        super().__init__(
            f"Python {version} does not satisfy requires-python = {wanted!r}",
            why=[f"environment: {executable}"],
            fix="choose another environment with --python, or change requires-python",
        )


class ForeignInstallError(FerruleError):
    """An installation that only the tool that made it can remove."""

    exit_code = 6

    def __init__(self, path: Path, distribution: str, executable: str) -> None:
        super().__init__(
            f"{distribution} is installed already, in a way that lists no files",
            why=[f"seen: {path}"],
            fix=f"remove it first: {executable} -m pip uninstall {distribution} (or "
            "the tool that installed it)",
        )


class NotInstalledError(FerruleError):
    """There is nothing to uninstall."""

    exit_code = 2

    def __init__(self, distribution: str, prefix: Path) -> None:
        super().__init__(
            f"{distribution} is not installed in {prefix}",
            fix="name the environment with --python",
        )


class NotEditableError(FerruleError):
    """What is installed is no development install of this project."""

    exit_code = 2

    def __init__(
        self, distribution: str, prefix: Path, seen: str, root: Path, executable: str
    ) -> None:
        super().__init__(
            f"{distribution} in {prefix} is no development install of this project",
            why=[f"it was installed from: {seen}", f"this project: {root}"],
            fix=f"to remove it all the same: {executable} -m pip uninstall "
            f"{distribution}",
        )


class NoInstallerError(FerruleError):
    """Requirements are missing, and nothing here can install them."""

    exit_code = 4

    def __init__(self, missing: Sequence[str], executable: str) -> None:
        super().__init__(
            f"{len(missing)} required packages are not installed, and neither pip nor "
            "uv is there to install them",
            why=[
                f"missing: {', '.join(missing)}",
                f"environment: {executable}",
                "the project itself is installed",
            ],
            fix=f"{executable} -m ensurepip, or install uv; with --no-deps ferrule "
            "leaves requirements alone",
        )


class InstallerFailedError(FerruleError):
    """pip or uv could not install what is missing."""

    exit_code = 4

    def __init__(self, missing: Sequence[str], command: str, status: int) -> None:
        super().__init__(
            "the missing requirements could not be installed",
            why=[
                f"missing: {', '.join(missing)}",
                f"exit status {status}: {command}",
                "the project itself is installed",
            ],
            fix="see the messages above; with --no-deps ferrule leaves requirements "
            "alone",
        )


class UnknownExtraError(FerruleError):
    """`--extra` names what the project does not have."""

    exit_code = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f'no extra "{name}" in this project{did_you_mean(name, known)}',
            why=[f"extras found: {', '.join(known) or 'none'}"],
            fix="correct --extra, or add it to [project.optional-dependencies]",
        )
