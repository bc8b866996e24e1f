"""Errors about making source distributions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "FileListError",
    "LayoutError",
    "LockFileError",
    "MissingPathDependencyError",
    "NoPyprojectError",
    "OutsideFileError",
    "PatternError",
    "SourceConflictError",
    "SourceLeftOutError",
    "UnknownTargetGroupError",
    "UnresolvableError",
    "VendorError",
]


class NoPyprojectError(FerruleError):
    """A source distribution cannot be built by pip without pyproject.toml."""

    exit_code = 3

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"cannot make an sdist of {root}",
            why=["it has no pyproject.toml, so no tool would know how to build it"],
            fix="add a pyproject.toml with [build-system] and [project] tables",
        )


class MissingPathDependencyError(FerruleError):
    """A crate declares a path dependency whose folder does not exist."""

    exit_code = 3

    def __init__(self, crate: str, dependency: str, manifest: Path) -> None:
        super().__init__(
            f"crate {crate} needs the path dependency {dependency}, which is missing",
            why=[f"there is no file {manifest}"],
            fix="restore that folder, or remove the dependency from Cargo.toml "
            "(cargo wants it even when it is optional)",
        )
        self.manifest = manifest


class LayoutError(FerruleError):
    """The folders that belong to the project have no common folder."""

    exit_code = 3

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(
            "the crates of the project have no common folder",
            why=[f"needed: {folder}" for folder in folders],
            fix="move path dependencies beside the project",
        )


class OutsideFileError(FerruleError):
    """`sdist-generator = "git"` cannot reach a crate that the project needs."""

    exit_code = 3

    def __init__(self, root: Path, folders: Sequence[Path]) -> None:
        super().__init__(
            'sdist-generator = "git" takes the files below the project root only',
            why=[f"project root: {root}", *(f"outside: {item}" for item in folders)],
            fix='use sdist-generator = "cargo", which rewrites the layout',
        )


class FileListError(FerruleError):
    """Git does not tell which files the project has."""

    exit_code = 3

    def __init__(self, root: Path, message: str) -> None:
        super().__init__(
            f"cannot list the files of {root} with git",
            why=[line for line in message.splitlines() if line],
            fix='run this in a git checkout, or use sdist-generator = "cargo"',
        )


class LockFileError(FerruleError):
    """Cargo.lock is missing although the settings insist on it."""

    exit_code = 3

    def __init__(self, path: Path, setting: str) -> None:
        super().__init__(
            f"the sdist has no Cargo.lock, but the setting `{setting}` needs one",
            why=[f"looked for: {path}"],
            fix="run `cargo generate-lockfile` and keep Cargo.lock under version "
            "control",
        )


class PatternError(FerruleError):
    """A pattern of `include` points out of the project."""

    exit_code = 2

    def __init__(self, pattern: str) -> None:
        super().__init__(
            f'include pattern "{pattern}" is not below the project root',
            why=['absolute paths and ".." are not possible in an archive'],
            fix="write it relative to the folder of pyproject.toml",
        )


class SourceConflictError(FerruleError):
    """Two different files want the same place in the archive."""

    exit_code = 3

    def __init__(self, path: str, first: Path, second: Path) -> None:
        super().__init__(
            f"two different files would become {path} in the sdist",
            why=[str(first), str(second)],
            fix="rename one of them, or let pyproject.toml point to the same file",
        )


class SourceLeftOutError(FerruleError):
    """A file without which a crate cannot be compiled is not in the archive."""

    exit_code = 3

    def __init__(self, crate: str, kind: str, path: Path) -> None:
        super().__init__(
            f"the sdist would lack the {kind} of crate {crate}",
            why=[f"left out: {path}"],
            fix="look at `exclude` and `include` in [package] of its Cargo.toml, at "
            "`exclude` in pyproject.toml, and whether git knows the file",
        )


class UnresolvableError(FerruleError):
    """Cargo does not accept the manifests of the finished archive."""

    exit_code = 3

    def __init__(self, name: str, message: str) -> None:
        super().__init__(
            f"{name} would not build: cargo does not accept its manifests",
            why=[line for line in message.splitlines() if line.strip()][:20],
            fix="check `exclude` in pyproject.toml and that `cargo metadata --locked` "
            "works in the project",
        )


class VendorError(FerruleError):
    """The crates that a project depends on cannot be brought together."""

    exit_code = 3

    def __init__(self, name: str, message: str) -> None:
        super().__init__(
            f"cannot vendor the crates of {name}",
            why=[line for line in message.splitlines() if line.strip()][:20],
            fix="the message above is cargo's own; crates that are not on this "
            "machine are downloaded, so `--offline` and a wrong `sdist-vendor-targets` "
            "are the usual reasons",
        )


class UnknownTargetGroupError(FerruleError):
    """A word that is neither a Rust target triple nor a group of them."""

    exit_code = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f'"{name}" is no group of targets{did_you_mean(name, known)}',
            why=[f"groups: {', '.join(known)}"],
            fix="write a group or a Rust target triple in `sdist-vendor-targets`",
        )


class UnsafeArchiveError(FerruleError):
    """An archive holds what an sdist must not hold; nothing was unpacked."""

    exit_code = 3

    def __init__(self, path: Path, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{path} is not a safe source distribution",
            why=reasons,
            fix="do not use this archive; nothing of it was unpacked",
        )
        self.path = path
