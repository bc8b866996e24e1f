"""Errors about rewriting a peer's project to ferrule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "BothTablesError",
    "MigratedBuildError",
    "NoPeerProjectError",
    "NoReferenceError",
    "OwnBackendError",
    "PeerBuildError",
    "RewriteError",
    "UnsafeChangeError",
]


class NoPeerProjectError(FerruleError):
    """The folder holds nothing that could be migrated."""

    exit_code = 3

    def __init__(self, folder: Path, why: Sequence[str]) -> None:
        super().__init__(
            f"there is no project of maturin or setuptools-rust in {folder}",
            why=why,
            fix="name the folder that holds pyproject.toml or setup.py: "
            "ferrule migrate FOLDER",
        )


class BothTablesError(FerruleError):
    """A project has a table for ferrule and one for the peer."""

    exit_code = 2

    def __init__(self, path: Path, peer: str) -> None:
        super().__init__(
            f"{path} has both [tool.ferrule] and [tool.{peer}]",
            why=[f"ferrule reads [tool.ferrule] only and ignores [tool.{peer}]"],
            fix=f"move what you still need out of [tool.{peer}] and remove it, or "
            "remove [tool.ferrule] and run `ferrule migrate` again",
        )


class OwnBackendError(FerruleError):
    """The build backend is the project's own code."""

    exit_code = 3

    def __init__(self, path: Path, backend: str, folders: Sequence[str]) -> None:
        super().__init__(
            f"{path}: the build backend {backend} is the project's own code",
            why=[
                f"backend-path = {list(folders)!r}",
                "what this code adds to the build cannot be translated",
            ],
            fix="move what the code does into [tool.ferrule] (features, env, "
            'overrides), set build-backend = "maturin" or "setuptools.build_meta", '
            "and run `ferrule migrate` again",
        )


class RewriteError(FerruleError):
    """A file is written in a way that cannot be changed safely."""

    exit_code = 3

    def __init__(self, path: Path, wanted: str) -> None:
        super().__init__(
            f"{path} cannot be rewritten without changing more than the migration "
            "needs; nothing was written",
            why=["it should say:", *(f"    {line}" for line in wanted.splitlines())],
            fix="write these tables by hand in place of the peer's, and please "
            "report the file",
        )


class UnsafeChangeError(FerruleError):
    """Files would change whose present state git does not hold."""

    exit_code = 6

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(
            "nothing was written: the present state of these files could not be "
            "restored",
            why=problems,
            fix="commit them first, or repeat the command with --force",
        )


class PeerBuildError(FerruleError):
    """The peer cannot build the project as it is."""

    exit_code = 5

    def __init__(self, peer: str, output: str) -> None:
        lines = [line for line in output.splitlines() if line.strip()]
        super().__init__(
            f"{peer} does not build the project as it is now",
            why=lines[-20:],
            fix="repair that build first, or leave out --use-peer: ferrule's own "
            "reading of the old configuration is then the reference",
        )
        self.peer = peer


class NoReferenceError(FerruleError):
    """Only the peer could build the project as it is, and it is not installed."""

    exit_code = 5

    def __init__(self, peer: str) -> None:
        super().__init__(
            f"the migration cannot be proven: {peer} is not installed",
            why=["setup.py has to run, so ferrule cannot read what it would give"],
            fix="add --use-peer, which installs it into a temporary environment, or "
            "--no-proof",
        )
        self.peer = peer


class MigratedBuildError(FerruleError):
    """The migrated project does not build."""

    exit_code = 5

    def __init__(self, backend: str, output: Sequence[str]) -> None:
        super().__init__(
            f"the migrated project does not build with {backend}; nothing was written",
            why=output,
            fix="install what setup.py needs beside ferrule (`pip install "
            "ferrule[setuptools]`) and try again",
        )
        self.backend = backend
