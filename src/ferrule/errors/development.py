"""Errors about running tests and programs of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "EmbeddingError",
    "LibpythonMissingError",
    "NoProgramError",
    "NoTestsError",
    "TestRunnerMissingError",
    "UnknownProgramError",
    "WhichProgramError",
]


class EmbeddingError(FerruleError):
    """A Python that no Rust program can start."""

    exit_code = 4
    url = "https://pyo3.rs/main/building-and-distribution.html"

    def __init__(self, name: str, executable: str) -> None:
        super().__init__(
            f"{name} cannot be embedded: Rust tests and programs cannot start it",
            why=[
                f"interpreter: {executable}",
                (
                    "PyO3 supports PyPy and GraalPy for extension modules only, "
                    "because there is no library of theirs to link a program to"
                ),
            ],
            fix="choose a CPython with --interpreter, or test the Python side alone: "
            f"ferrule test --python --interpreter {executable}",
        )


class LibpythonMissingError(FerruleError):
    """An interpreter without the library that programs are linked to."""

    exit_code = 4

    def __init__(
        self, name: str, executable: str, looked_for: Sequence[str], remedy: str
    ) -> None:
        super().__init__(
            f"libpython of {name} is not installed: Rust tests and programs are "
            "linked to it",
            why=[f"interpreter: {executable}", f"looked for: {', '.join(looked_for)}"],
            fix=f"{remedy}; or choose another Python with --interpreter",
        )


class NoTestsError(FerruleError):
    """Nothing was tested."""

    exit_code = 1

    def __init__(self, root: Path, looked: Sequence[str], keyword: str | None) -> None:
        matching = f" whose name contains {keyword!r}" if keyword else ""
        super().__init__(
            f"no test was run: there is none{matching}",
            why=[f"project: {root}", *looked],
            fix="name another test after -k"
            if keyword
            else "write a #[test] function in Rust, or tests/test_*.py in Python",
        )


class TestRunnerMissingError(FerruleError):
    """Python tests without the program that runs them."""

    __test__ = False  # for pytest: no class of tests
    exit_code = 4

    def __init__(self, executable: str, found: Sequence[str]) -> None:
        super().__init__(
            "pytest is not installed where the Python tests run",
            why=[f"interpreter: {executable}", f"tests: {', '.join(found)}"],
            fix=f"install it: {executable} -m pip install pytest (or uv pip install "
            "pytest), or test the Rust side alone: ferrule test --rust",
        )


class NoProgramError(FerruleError):
    """`ferrule run` in a project without programs."""

    exit_code = 3

    def __init__(self, crates: Sequence[str], examples: Sequence[str]) -> None:
        named = ", ".join(f"`{name}`" for name in crates)
        seen = f"its examples: {', '.join(examples)}" if examples else ""
        super().__init__(
            f"there is no program to run in {named}",
            why=[seen] if seen else [],
            fix=f"run an example: ferrule run --example {examples[0]}"
            if examples
            else "add src/main.rs, or a file in src/bin or examples",
        )


class WhichProgramError(FerruleError):
    """Several programs, and none was named."""

    exit_code = 2

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            "which program? the project has several",
            why=[f"programs: {', '.join(names)}"],
            fix=f"name one: ferrule run {names[0]}, ferrule bundle --bin {names[0]}; "
            "or set `default-run` in the `[package]` table of Cargo.toml",
        )


class UnknownProgramError(FerruleError):
    """A program that no crate of the project has."""

    exit_code = 2

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"no {kind} `{name}`{did_you_mean(name, known)}",
            why=[f"{kind}s of the project: {', '.join(known) or 'none'}"],
            fix="name one of them; arguments for the program come after --",
        )
