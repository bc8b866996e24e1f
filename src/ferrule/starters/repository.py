"""What git knows about the user, and making a repository.

The author is read from git's variables and files, so git need not be installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from ferrule.starters.rendering import Author

__all__ = ["find_author", "is_in_repository", "make_repository", "parse_author"]


def parse_author(text: str) -> Author | None:
    """Return the author that a text names; nothing for an empty text.

    >>> parse_author("Ann Example <ann@example.org>")
    Author(name='Ann Example', email='ann@example.org')
    """
    name, _, rest = " ".join(text.split()).partition("<")
    name = name.strip()
    return Author(name, rest.rstrip("> ").strip()) if name else None


def find_author(env: Mapping[str, str]) -> Author | None:
    """Return the author that git would write into a commit, if it knows one."""
    known: dict[str, str] = {}
    for path in _git_files(env):
        known.update(_read_user(path))
    name = env.get("GIT_AUTHOR_NAME") or known.get("name", "")
    email = env.get("GIT_AUTHOR_EMAIL") or known.get("email", "")
    return Author(name, email) if name else None


def _git_files(env: Mapping[str, str]) -> list[Path]:
    home = Path(env.get("HOME") or env.get("USERPROFILE") or os.path.expanduser("~"))
    if "GIT_CONFIG_GLOBAL" in env:
        return [Path(env["GIT_CONFIG_GLOBAL"])]
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    return [config / "git" / "config", home / ".gitconfig"]


def _read_user(path: Path) -> dict[str, str]:
    """Return `name` and `email` of the section [user]; other syntax is skipped."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    section = ""
    found = {}
    for line in map(str.strip, lines):
        if line.startswith("["):
            section = line.strip("[]").lower()
        elif section == "user" and "=" in line:
            key, _, value = line.partition("=")
            found[key.strip().lower()] = value.strip().strip('"')
    return {key: found[key] for key in ("name", "email") if found.get(key)}


def is_in_repository(folder: Path) -> bool:
    """Whether a folder lies in a working copy of git."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def make_repository(folder: Path, env: Mapping[str, str]) -> bool:
    """Make a folder a repository, as cargo does; return whether that was done.

    Nothing happens inside of a repository, and where git is not installed.
    """
    git = shutil.which("git", path=env.get("PATH"))
    if git is None or is_in_repository(folder):
        return False
    import subprocess

    done = subprocess.run(
        [git, "init", "--quiet"], cwd=folder, env=dict(env), check=False
    )
    return done.returncode == 0
