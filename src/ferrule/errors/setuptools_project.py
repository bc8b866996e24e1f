"""Errors about projects of setuptools that are read without running them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "DiscoveryError",
    "PackageFolderError",
    "PluginVersionError",
    "RunSetupPyError",
    "SetupCodeError",
    "SetupConfigError",
    "StaticAttributeError",
]

_RUN_IT = (
    'run it with build-backend = "ferrule.setuptools" and '
    'requires = ["ferrule[setuptools]"]'
)


class SetupCodeError(FerruleError):
    """A setup.py says something that only running it would tell."""

    exit_code = 3

    def __init__(
        self, path: Path, line: int, subject: str, expression: str, reason: str
    ) -> None:
        first = expression.strip().splitlines()[0] if expression.strip() else ""
        text = first if len(first) <= 70 else f"{first[:67]}..."
        super().__init__(
            f"{path}, line {line}: {subject} cannot be known without running setup.py",
            why=[f"{line:4} | {text}", reason],
            fix=f"{_RUN_IT}, or write the value into pyproject.toml",
        )
        self.line = line
        self.subject = subject


class RunSetupPyError(FerruleError):
    """A project that is built by running its setup.py."""

    exit_code = 2

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"the project in {root} is built by running its setup.py",
            why=['pyproject.toml has build-backend = "ferrule.setuptools"'],
            fix="run `pip wheel .`, `pip install -e .` or `python -m build`; or let "
            "`ferrule migrate` write what setup.py says into pyproject.toml, if it "
            "only holds values",
        )


class StaticAttributeError(FerruleError):
    """A version that is an attribute of a module cannot be read from its text."""

    exit_code = 3

    def __init__(self, where: str, attribute: str, reason: str) -> None:
        super().__init__(
            f"{where} is `{attribute}`, whose value cannot be read",
            why=[reason, "ferrule reads modules and never imports them"],
            fix=f"assign a plain string there, or {_RUN_IT}",
        )


class PluginVersionError(FerruleError):
    """The version comes from a plugin of setuptools."""

    exit_code = 3

    def __init__(self, plugin: str, root: Path) -> None:
        super().__init__(
            f"the version of {root} comes from {plugin}, a plugin of setuptools",
            why=["it was looked for in PKG-INFO too, which only an sdist has"],
            fix=f'{_RUN_IT[:-1]}, "{plugin}"], or write the version into '
            "pyproject.toml",
        )
        self.plugin = plugin


class DiscoveryError(FerruleError):
    """The packages of a flat layout cannot be guessed."""

    exit_code = 3

    def __init__(self, root: Path, kind: str, found: Sequence[str]) -> None:
        super().__init__(
            f"{root} holds several top-level {kind}: {', '.join(found)}",
            why=["setuptools refuses to guess which of them belong to the project"],
            fix="name them in `packages` (or `py-modules`) of [tool.setuptools]",
        )
        self.found = tuple(found)


class PackageFolderError(FerruleError):
    """A package is listed whose folder does not exist."""

    exit_code = 3

    def __init__(self, package: str, folder: Path) -> None:
        super().__init__(
            f"the package {package} is listed, but there is no folder {folder}",
            fix="correct `packages` or `package-dir`",
        )


class SetupConfigError(FerruleError):
    """A setup.cfg cannot be read."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is no valid configuration file", why=[reason])
