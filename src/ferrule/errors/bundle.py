"""Errors about bundles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "ObjectError",
]


class ObjectError(FerruleError):
    """rustc does not compile what ferrule adds to a program."""

    exit_code = 5

    def __init__(self, what: str, command: str, output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        super().__init__(
            f"rustc failed to make {what}",
            why=[f"command: {command}", *lines[:20]],
            fix="see what rustc says; ferrule needs Rust 1.64 or later here, and the "
            "standard library of the target",
        )
