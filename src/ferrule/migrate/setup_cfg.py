"""setup.cfg without what moved to pyproject.toml."""

from __future__ import annotations

import re

__all__ = ["without_setuptools"]

_SECTIONS = frozenset(
    (
        *("metadata", "options", "bdist_wheel", "build", "build_ext", "build_py"),
        *("build_rust", "clean", "develop", "easy_install", "egg_info", "install"),
        *("sdist", "aliases", "wheel", "global"),
    )
)
_HEADER = re.compile(r"\[([^\]]+)\]")


def without_setuptools(text: str) -> str | None:
    r"""Return the text without the sections of setuptools; None if none is left.

    Sections of other tools keep every byte, comments above them included.

    >>> without_setuptools("[metadata]\nname = x\n\n[flake8]\nmax = 1\n")
    '[flake8]\nmax = 1\n'
    """
    kept: list[str] = []
    waiting: list[str] = []
    is_kept = False
    for line in text.splitlines(keepends=True):
        header = _HEADER.match(line)
        if header:
            name = header[1].strip()
            is_kept = name not in _SECTIONS and not name.startswith("options.")
            kept += _comments(waiting) if is_kept else []
            waiting = []
        if is_kept:
            kept.append(line)
        else:
            waiting.append(line)
    result = "".join(kept)
    return result if result.strip() else None


def _comments(lines: list[str]) -> list[str]:
    """Return the comment lines directly above the next section."""
    found: list[str] = []
    for line in reversed(lines):
        if not line.startswith(("#", ";")):
            break
        found.insert(0, line)
    return found
