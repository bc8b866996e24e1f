"""Errors of profile-guided optimisation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "DependencyGroupError",
    "NoPgoCommandError",
    "NoProfileError",
    "ProfdataError",
    "ProfdataMissingError",
    "TrainingError",
]


class NoPgoCommandError(FerruleError):
    """Profile-guided optimisation was asked for, but nothing exercises the code."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "profile-guided optimisation needs a command that exercises the module",
            fix='set it, for example pgo-command = "python -m pytest benchmarks"',
        )


class DependencyGroupError(FerruleError):
    """A dependency group that does not exist or includes itself."""

    exit_code = 2

    def __init__(self, name: str, known: Sequence[str], problem: str) -> None:
        hint = did_you_mean(name, known)
        super().__init__(
            f'the dependency group "{name}" {problem}{hint}',
            why=[f"[dependency-groups] has {', '.join(known) or 'no group'}"],
            fix="correct pgo-dependency-group or the table (PEP 735)",
        )


class TrainingError(FerruleError):
    """A step before or during the training run failed."""

    exit_code = 3

    def __init__(self, command: str, status: int, step: str) -> None:
        super().__init__(
            f"{step} failed with exit status {status}", why=[f"command: {command}"]
        )


class NoProfileError(FerruleError):
    """The training run never executed the module."""

    exit_code = 3

    def __init__(self, command: str) -> None:
        super().__init__(
            "the training run wrote no profile",
            why=[f"command: {command}"],
            fix="let pgo-command import the module, and end its processes normally",
        )


class ProfdataMissingError(FerruleError):
    """There is no llvm-profdata."""

    exit_code = 5

    def __init__(self, looked: Sequence[Path]) -> None:
        super().__init__(
            "profile-guided optimisation needs llvm-profdata, which was not found",
            why=[f"looked for {', '.join(map(str, looked))}, and on PATH"],
            fix="run `rustup component add llvm-tools`, or install LLVM's tools",
        )


class ProfdataError(FerruleError):
    """llvm-profdata could not merge the profiles."""

    exit_code = 5

    def __init__(self, tool: str, output: str, llvm: str) -> None:
        super().__init__(
            f"{tool} could not merge the profiles",
            why=output.strip().splitlines()[-5:],
            fix=f"use the llvm-profdata of rustc's own LLVM ({llvm}): "
            "`rustup component add llvm-tools`",
        )
