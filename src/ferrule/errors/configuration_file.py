"""Errors about cargo's configuration file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors import FerruleError

__all__ = ["ConfigTomlError"]


class ConfigTomlError(FerruleError):
    """`.cargo/config.toml` cannot take ferrule's section as it stands."""

    exit_code = 2

    def __init__(self, path: Path, reason: str, lines: Sequence[str]) -> None:
        super().__init__(
            f"cannot add ferrule's section to {path}",
            why=[
                f"the result would not be valid TOML: {reason}",
                "the file is unchanged; the section is:",
                *lines,
            ],
            fix="correct the file, or remove the key that it sets itself; you may "
            "also add these lines by hand",
        )
