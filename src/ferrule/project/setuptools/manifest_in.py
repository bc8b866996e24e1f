"""MANIFEST.in: which files of the tree belong to an sdist.

The commands and their patterns are those of setuptools' user guide,
"Controlling files in the distribution": `*` and `?` stay inside a folder and
`**` crosses folders; commands count in their order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ferrule.errors import did_you_mean
from ferrule.project.setuptools.globs import translate_glob

__all__ = ["Template", "list_tree", "read_template"]

_COMMANDS = {
    "include": False,
    "exclude": False,
    "global-include": False,
    "global-exclude": False,
    "recursive-include": True,
    "recursive-exclude": True,
    "graft": False,
    "prune": False,
}
"""Whether the first word is a folder and patterns follow."""
_SKIPPED = frozenset(
    ("__pycache__", ".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".eggs")
)


@dataclass(frozen=True)
class _Step:
    is_exclusion: bool
    regex: re.Pattern[str]
    gitignore: str
    """The same in the form of an `exclude` pattern."""


@dataclass(frozen=True)
class Template:
    """The commands of a MANIFEST.in."""

    steps: tuple[_Step, ...]
    warnings: tuple[str, ...]

    def select(self, tree: Iterable[str], before: Iterable[str] = ()) -> set[str]:
        """Return the files of the tree that belong to the sdist.

        `before` are those that setuptools takes without being told.
        """
        names = list(tree)
        selected = set(before)
        for step in self.steps:
            if step.is_exclusion:
                selected = {name for name in selected if not step.regex.match(name)}
            else:
                selected.update(name for name in names if step.regex.match(name))
        return selected

    def exclusions(self, kept: Sequence[str]) -> list[str]:
        """Return gitignore patterns for what is left out, none that hits `kept`."""
        return [
            step.gitignore
            for step in self.steps
            if step.is_exclusion and not any(map(step.regex.match, kept))
        ]


def read_template(path: Path) -> Template:
    """Return the commands of a MANIFEST.in; an absent file has none."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return Template((), ())
    steps: list[_Step] = []
    warnings: list[str] = []
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        command, patterns = words[0], words[1:]
        takes_folder = _COMMANDS.get(command)
        if takes_folder is None or len(patterns) < (2 if takes_folder else 1):
            hint = did_you_mean(command, tuple(_COMMANDS))
            hint = hint if takes_folder is None else " (it lacks words)"
            warnings.append(f"{path}: `{line.strip()}` is no command{hint}")
            continue
        folder = patterns.pop(0) if takes_folder else ""
        steps += [_step(command, folder, pattern) for pattern in patterns]
    return Template(tuple(steps), tuple(warnings))


def _step(command: str, folder: str, pattern: str) -> _Step:
    folder, pattern = folder.strip("/"), pattern.strip("/")
    is_exclusion = command.endswith("exclude") or command == "prune"
    if command in ("graft", "prune"):
        glob, rule = f"{pattern}/**", f"/{pattern}/"
    elif command.startswith("recursive-"):
        glob = f"{folder}/**/{pattern}"
        rule = f"/{glob}"
    elif command.startswith("global-"):
        glob, rule = f"**/{pattern}", f"**/{pattern}"
    else:
        glob, rule = pattern, f"/{pattern}"
    return _Step(is_exclusion, re.compile(translate_glob(glob)), rule)


def list_tree(root: Path) -> list[str]:
    """Return the files below the root that can belong to a project, sorted.

    Caches, virtual environments, version control and build products are none.
    """
    found: list[str] = []
    for folder, names, files in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        names[:] = sorted(
            name for name in names if not _is_skipped(folder, name, is_top=not prefix)
        )
        found += [
            f"{prefix}{name}"
            for name in sorted(files)
            if not name.endswith((".pyc", ".pyo"))
        ]
    return found


def _is_skipped(folder: str, name: str, *, is_top: bool) -> bool:
    path = f"{folder}/{name}"
    return (
        name in _SKIPPED
        or name.endswith(".egg-info")
        or (is_top and _is_product_folder(path, name))
        or os.path.isfile(f"{path}/CACHEDIR.TAG")
        or os.path.isfile(f"{path}/pyvenv.cfg")
    )


def _is_product_folder(path: str, name: str) -> bool:
    is_one = name in ("build", "dist", "target")
    return is_one and not os.path.isfile(f"{path}/__init__.py")
