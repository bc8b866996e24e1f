"""Errors about the records of editable installs."""

from __future__ import annotations

from pathlib import Path

from ferrule.errors import FerruleError

__all__ = ["RecordError"]

_AGAIN = "run `ferrule develop` again, or install the project again"


class RecordError(FerruleError):
    """What an editable install was made with cannot be read."""

    exit_code = 6

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot read {path}, which says how the editable install was made",
            why=[reason],
            fix=_AGAIN,
        )
        self.path = path
