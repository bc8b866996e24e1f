"""One file of a wheel, before it is written."""

from __future__ import annotations

from pathlib import Path

from ferrule.records import dataclass

__all__ = ["Member"]


@dataclass(frozen=True)
class Member:
    """A file of the wheel and where its content comes from."""

    path: str
    """Name inside the archive, with forward slashes."""
    source: Path | bytes
    """The file to read, or the content itself."""
    executable: bool = False
    """Whether the file gets mode 0755 instead of 0644."""
