"""Places outside of the build configuration that still name the peer.

They are only pointed at: what a CI job or a task runner should do instead is
the user's decision.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Hint", "find_hints"]

_FOLDERS = (".github", ".circleci", ".gitlab", ".azure-pipelines", ".ci", "ci")
_NAMES = frozenset(
    (
        *("Makefile", "GNUmakefile", "makefile", "justfile", "Justfile", ".justfile"),
        *("Taskfile.yml", "Taskfile.yaml", "tox.ini", "noxfile.py", "tasks.py"),
        *("Dockerfile", ".gitlab-ci.yml", ".cirrus.yml", "azure-pipelines.yml"),
        *("appveyor.yml", ".travis.yml", ".readthedocs.yml", ".readthedocs.yaml"),
        *(".pre-commit-config.yaml", "environment.yml", "environment.yaml"),
        *("pixi.toml", "flake.nix", "shell.nix", "hatch.toml", "uv.toml"),
        *("CONTRIBUTING.md", "CONTRIBUTING.rst", "DEVELOPMENT.md", "README.md"),
        *("README.rst", "pyproject.toml", "setup.cfg", "dodo.py", "conftest.py"),
    )
)
_PREFIXES = ("requirements", "constraints", "Dockerfile.")
_SUFFIXES = (".yml", ".yaml", ".sh", ".toml", ".txt", ".in", ".cfg", ".py", ".ps1")
_SIZE_LIMIT_BYTES = 1 << 20

_WORDS = re.compile(
    r"maturin|setuptools[-_]rust|\bsetup\.py +(?:bdist|build|develop|install|sdist)",
    re.IGNORECASE,
)
_ADVICE: tuple[tuple[str, str], ...] = (
    (r"MATURIN_PEP517_ARGS", "is not read any more: use [tool.ferrule] or FERRULE_*"),
    (r"MATURIN_\w+", "is a variable of maturin: see docs/settings.md for FERRULE_*"),
    (r"maturin-action", "builds with maturin: run `ferrule build` in this step"),
    (r"maturin[-_]import[-_]hook", "works with maturin only"),
    (r"maturin\s+(develop|dev)\b", "run `pip install -e .` instead"),
    (r"maturin\s+sdist\b", "run `ferrule sdist` instead"),
    (r"maturin\s+(build|b)\b", "run `ferrule build` instead"),
    (r"maturin\s+(publish|upload)\b", "run `ferrule build --sdist` and `twine upload`"),
    (r"setup\.py +(develop|build_\w+ .*(-i|--inplace)\b)", "run `pip install -e .`"),
    (r"setup\.py +install", "run `pip install .`"),
    (r"setup\.py +sdist", "run `ferrule sdist`"),
    (r"setup\.py +(bdist|build)", "run `ferrule build`"),
    (r"SETUPTOOLS_RUST_CARGO_PROFILE", "set FERRULE_PROFILE instead"),
    (r"config-settings|build-args", "are arguments of maturin: see docs/settings.md"),
)
_AS_REQUIREMENT = (
    r"(?:^|[\s\"'=\-,])(?:maturin|setuptools[-_]rust)\b\s*(?:[<>=~!\[\"',;#]|$)"
)
_REQUIREMENT = "is no longer needed to build; ferrule takes its place"


@dataclass(frozen=True)
class Hint:
    """One line of a file that names the peer."""

    name: str
    """Path relative to the project's folder."""
    line: int
    text: str
    advice: str


def find_hints(root: Path, rewritten: dict[str, str | None]) -> list[Hint]:
    """Return the lines that still name a peer, by file and line.

    Looked at are CI files, task runners, container files, requirement lists
    and documents at the top of the project, and pyproject.toml. `rewritten`
    holds the new text of files that the migration changes (None: deleted).
    """
    hints = []
    for path in _candidates(root):
        name = os.path.relpath(path, root).replace(os.sep, "/")
        text = rewritten[name] if name in rewritten else _read(path)
        for number, line in enumerate((text or "").split("\n"), 1):
            if _WORDS.search(line):
                hints.append(Hint(name, number, line.strip()[:120], _advice(line)))
    return hints


def _candidates(root: Path) -> Iterator[Path]:
    for name in sorted(os.listdir(root)):
        path = root / name
        is_wanted = name in _NAMES or name.startswith(_PREFIXES)
        if is_wanted and path.is_file():
            yield path
        elif name in (*_FOLDERS, "requirements") and path.is_dir():
            for folder, folders, files in os.walk(path):
                folders.sort()
                for file in sorted(files):
                    if file.endswith(_SUFFIXES) or file in _NAMES:
                        yield Path(folder, file)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _SIZE_LIMIT_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _advice(line: str) -> str:
    for pattern, advice in _ADVICE:
        if re.search(pattern, line):
            return advice
    return _REQUIREMENT if re.search(_AS_REQUIREMENT, line) else "names the peer"
