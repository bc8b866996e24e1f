"""Errors about the build configuration that PyO3 works with."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError

__all__ = [
    "ConfigurationError",
    "InterpreterNeededError",
    "SysconfigdataError",
    "UnknownFeatureError",
    "UnknownReleaseError",
    "UnknownTripleError",
]


class ConfigurationError(FerruleError):
    """What PyO3's build script refuses, in PyO3's words, with a way out.

    `message` is the text that the build script prints after `error: `, and
    `causes` are the lines below its `caused by:`.
    """

    exit_code = 2
    url = "https://pyo3.rs/latest/building-and-distribution.html"

    def __init__(
        self, message: str, *, causes: Sequence[str] = (), fix: str = ""
    ) -> None:
        first, *rest = message.split("\n")
        why = [line.strip() for line in rest if line.strip()]
        why += [f"caused by: {cause}" for cause in causes]
        super().__init__(first, why=why, fix=fix)
        self.message = message
        self.causes = tuple(causes)

    def within(self, message: str, *, fix: str = "") -> ConfigurationError:
        """Return the same error with `message` on top of it."""
        return ConfigurationError(
            message, causes=[self.message, *self.causes], fix=fix or self.fix
        )

    @property
    def report(self) -> str:
        """Return the error exactly as PyO3's build script prints it."""
        if not self.causes:
            return self.message
        lines = [f"  - {number}: {text}" for number, text in enumerate(self.causes)]
        return "\n".join([self.message, "caused by:", *lines, ""])


class InterpreterNeededError(FerruleError):
    """The wanted ABI cannot be known without a Python interpreter."""

    exit_code = 4


class SysconfigdataError(FerruleError):
    """A `_sysconfigdata*.py` file is not what CPython and PyPy write."""

    exit_code = 4


class UnknownFeatureError(FerruleError):
    """A cargo feature that the given PyO3 release does not have."""

    exit_code = 2


class UnknownReleaseError(FerruleError):
    """A PyO3 version that cannot be read or is older than 0.20."""

    exit_code = 2


class UnknownTripleError(FerruleError):
    """A text that is not a Rust target triple."""

    exit_code = 2
