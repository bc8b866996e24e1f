"""Gitignore rules: which files a project does not count as its own.

Only .gitignore files inside the project count, so that a wheel does not depend
on the settings of the user or on folders above; and only where git keeps the
project, as for cargo, so that sdist and wheel hold the same files. `pathspec`
is imported when the first rule appears.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.files import ReadError
from ferrule.project.git import is_kept_by_git
from ferrule.records import dataclass

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["IgnoreRules", "NoRules", "Patterns", "rules_above"]


@dataclass(frozen=True)
class Patterns:
    """Gitignore patterns that are rooted at one folder."""

    folder: str
    spec: GitIgnoreSpec

    @classmethod
    def parse(cls, folder: str, lines: Sequence[str]) -> Patterns | None:
        """Read patterns; None if they say nothing."""
        if not any(line.strip() and not line.startswith("#") for line in lines):
            return None
        from pathspec import GitIgnoreSpec

        return cls(folder.replace(os.sep, "/"), GitIgnoreSpec.from_lines(lines))

    def verdict(self, path: str) -> bool | None:
        """Return True for ignored, False for re-included, None for not mentioned.

        `path` is absolute; folders end with a slash.
        """
        if os.sep != "/":
            path = path.replace(os.sep, "/")
        prefix = self.folder.rstrip("/") + "/"
        if not path.startswith(prefix):
            return None
        return self.spec.check_file(path[len(prefix) :]).include


@dataclass(frozen=True)
class IgnoreRules:
    """The .gitignore files from the project root down to one folder."""

    patterns: tuple[Patterns, ...] = ()

    def within(self, folder: str) -> IgnoreRules:
        """Return the rules for a folder that has its own .gitignore."""
        path = Path(folder, ".gitignore")
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return self
        except OSError as error:
            raise ReadError(path, error) from error
        found = Patterns.parse(folder, text.splitlines())
        return self if found is None else IgnoreRules((*self.patterns, found))

    def ignores(self, path: str) -> bool:
        """Return whether a file, or a folder with a final slash, is ignored."""
        for patterns in reversed(self.patterns):
            verdict = patterns.verdict(path)
            if verdict is not None:
                return verdict
        return False


class NoRules(IgnoreRules):
    """Rules of a project in which no .gitignore counts."""

    def within(self, folder: str) -> IgnoreRules:
        """Return these rules: there are no others below."""
        del folder
        return self


def rules_above(root: Path, folder: Path) -> IgnoreRules:
    """Return the rules of every folder from `root` to above `folder`.

    Outside of `root` nothing is above: only the folder's own files count. There
    are no rules where `is_kept_by_git` says so.
    """
    if not is_kept_by_git(root):
        return NoRules()
    rules = IgnoreRules()
    try:
        parts = folder.relative_to(root).parts
    except ValueError:
        return rules
    current = root
    for part in parts:
        rules = rules.within(str(current))
        current /= part
    return rules
