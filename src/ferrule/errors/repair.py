"""Errors about repairing wheels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError
from ferrule.errors.libraries import UnfoundLibrariesError

__all__ = [
    "DataProgramError",
    "MissingLibrariesError",
    "PatternError",
    "ProviderError",
    "SearchFolderError",
    "WheelInputError",
    "WheelTagError",
]


_DISTANCE = (
    "files of `data` and `headers` are installed at no fixed distance from the packages"
)


class MissingLibrariesError(UnfoundLibrariesError):
    """Libraries that a wheel needs were found nowhere."""

    def __init__(
        self, libraries: Sequence[tuple[str, Sequence[str], Sequence[str]]]
    ) -> None:
        """Take, for each library, its name, who needs it and where one looked."""
        noun = "a library" if len(libraries) == 1 else f"{len(libraries)} libraries"
        super().__init__(
            f"{noun} that the wheel needs cannot be found",
            libraries,
            fix="name its folder with --lib-path, or a root with --sysroot; leave out "
            "with --exclude what the system of the user has",
        )


class SearchFolderError(FerruleError):
    """A folder to search in is none."""

    exit_code = 2

    def __init__(self, option: str, path: Path) -> None:
        super().__init__(
            f"{option} {path} is no folder",
            why=["a file has that name" if path.exists() else "it does not exist"],
            fix="correct the path",
        )
        self.path = path


class PatternError(FerruleError):
    """A library to include was not found."""

    exit_code = 2

    def __init__(self, pattern: str, tried: Sequence[str]) -> None:
        super().__init__(
            f"--include {pattern}: there is no such library for this wheel",
            why=[f"looked for {item}" for item in tried],
            fix="write a path, or name its folder with --lib-path",
        )
        self.pattern = pattern


class ProviderError(FerruleError):
    """It is not known which libraries another package provides."""

    exit_code = 2

    def __init__(self, package: str, reason: str) -> None:
        super().__init__(
            f"--provided-by {package}: its libraries are not known",
            why=[reason],
            fix=f"name its wheel file, or the libraries: "
            f"--provided-by {package}=FOLDER/libname.so*",
        )
        self.package = package


class DataProgramError(FerruleError):
    """A binary in the wheel's data scheme needs libraries of the wheel."""

    exit_code = 3

    def __init__(self, path: str, names: Sequence[str]) -> None:
        super().__init__(
            f"{path} cannot be given its libraries",
            why=[f"it needs {', '.join(names)}", _DISTANCE],
            fix="pack it into a package or into `scripts`, or leave the libraries out "
            "with --exclude",
        )
        self.path = path


class WheelTagError(FerruleError):
    """A repaired wheel does not satisfy the platform that was asked for."""

    exit_code = 3

    def __init__(self, wanted: str, reasons: Sequence[str]) -> None:
        super().__init__(
            f"the repaired wheel does not satisfy {wanted}",
            why=reasons,
            fix="build in an older system or with zig, or leave --plat at auto",
        )
        self.wanted = wanted
        self.reasons = tuple(reasons)


class WheelInputError(FerruleError):
    """A wheel to repair is no file."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is no wheel file",
            why=["it does not exist" if not path.exists() else "it is a folder"],
            fix="name files that end with .whl",
        )
        self.path = path
