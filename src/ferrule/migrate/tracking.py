"""Whether git could restore the files that a migration changes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.migrate import UnsafeChangeError
from ferrule.migrate.workplace import repository_of

if TYPE_CHECKING:
    from ferrule.migrate.changes import FileChange

__all__ = ["refuse_unsafe_changes"]


def refuse_unsafe_changes(
    root: Path, changes: Sequence[FileChange], env: Mapping[str, str]
) -> None:
    """Raise `UnsafeChangeError` if the present state of a file would be lost."""
    names = [change.name for change in changes if change.before is not None]
    if repository_of(root) is None:
        text = f"{root} is in no git repository"
        raise UnsafeChangeError([text, *(f"would change: {name}" for name in names)])
    problems = []
    for name in names:
        state = _state(root, name, env)
        if state is not None:
            problems.append(f"{name} {state}")
    if problems:
        raise UnsafeChangeError(problems)


def _state(root: Path, name: str, env: Mapping[str, str]) -> str | None:
    """Return why git does not hold a file as it is, or None if it does."""
    argv = ["git", "status", "--porcelain", "--ignored", "--", name]
    try:
        done = subprocess.run(
            argv,
            cwd=root,
            env={**env, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        return f"cannot be looked up: git does not run ({error.strerror})"
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip()
        return f"cannot be looked up: {message}"
    status = done.stdout[:2]
    if not status:
        return None
    if status in (b"??", b"!!"):
        return "is not tracked by git"
    return "has changes that are not committed"
