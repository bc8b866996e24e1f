"""What a migration does to files: shown as a diff, written atomically."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["FileChange", "Migration", "apply_changes", "unified_diff"]

Peer = Literal["maturin", "setuptools-rust"]


@dataclass(frozen=True)
class FileChange:
    """One file before and after."""

    name: str
    """Path relative to the project's folder, with slashes."""
    before: str | None
    """None: the file is new."""
    after: str | None
    """None: the file is deleted."""


@dataclass(frozen=True)
class Migration:
    """Everything that has to change in one project."""

    root: Path
    peer: Peer
    changes: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()
    """What was left out, or is to be known."""
    backend: str = "ferrule"
    """`build-backend` after the migration."""

    @property
    def runs_setup(self) -> bool:
        """Return whether setup.py stays and is run by the backend."""
        return self.backend != "ferrule"


def unified_diff(changes: Sequence[FileChange]) -> str:
    """Return the changes as one diff that `patch -p1` and git understand."""
    from difflib import unified_diff as compare

    lines: list[str] = []
    for change in changes:
        before = _lines(change.before)
        after = _lines(change.after)
        old = "/dev/null" if change.before is None else f"a/{change.name}"
        new = "/dev/null" if change.after is None else f"b/{change.name}"
        for line in compare(before, after, old, new):
            lines.append(line if line.endswith("\n") else f"{line}\n")
            if not line.endswith("\n"):
                lines.append("\\ No newline at end of file\n")
    return "".join(lines)


def apply_changes(root: Path, changes: Sequence[FileChange]) -> None:
    """Write and delete the files of a project. Raises `WriteError`.

    Every file is replaced as a whole and keeps its permissions; files are
    deleted after all others are written.
    """
    from ferrule.atomic import write_text
    from ferrule.errors.files import WriteError

    for change in changes:
        if change.after is not None:
            path = root / change.name
            # A link stays one: what it points to is replaced.
            real = Path(os.path.realpath(path))
            mode = real.stat().st_mode & 0o777 if real.exists() else 0o644
            write_text(real, change.after, mode=mode)
    for change in changes:
        if change.after is None:
            path = root / change.name
            try:
                path.unlink()
            except OSError as error:
                raise WriteError(path, error) from error


def _lines(text: str | None) -> list[str]:
    # Not splitlines(): it also breaks at form feeds and the like.
    return (
        []
        if not text
        else [f"{line}\n" for line in text.split("\n")[:-1]]
        + ([text.rpartition("\n")[2]] if not text.endswith("\n") else [])
    )
