"""What git says about files: which of them it ignores."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ferrule.doctor.finding import Finding, Fix
from ferrule.project.git import is_kept_by_git
from ferrule.python.search import find_command

__all__ = ["check_ignored", "find_ignored"]


def find_ignored(
    root: Path, paths: Sequence[Path], env: Mapping[str, str]
) -> frozenset[Path] | None:
    """Return those of the paths that git ignores and does not track.

    None where git keeps no part of the project, or does not run.
    """
    git = find_command("git", env)
    if git is None or not is_kept_by_git(root):
        return None
    import subprocess

    # What git tracks is never listed: rules do not apply to it.
    argv = [git, "check-ignore", "-z", "--stdin"]
    names = "".join(f"{path}\0" for path in paths)
    try:
        done = subprocess.run(
            argv,
            cwd=root,
            env={**env, "GIT_OPTIONAL_LOCKS": "0"},
            input=os.fsencode(names),
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    # 1: none of them. Anything else is an error, such as a foreign repository.
    if done.returncode not in (0, 1):
        return None
    return frozenset(
        Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name
    )


def check_ignored(
    root: Path,
    needed: Sequence[Path],
    target_directory: Path,
    ignored: frozenset[Path] | None,
) -> list[Finding]:
    """Return needed files that git ignores, and a target directory that it keeps."""
    if ignored is None:
        return []
    findings = []
    lost = [path for path in needed if path in ignored]
    if lost:
        names = [
            path.relative_to(root).as_posix() for path in lost if root in path.parents
        ]
        findings.append(
            Finding(
                "project-gitignore",
                "warning",
                f"git ignores what builds need: {', '.join(names)}",
                why="a fresh clone does not build, and an sdist does not hold them",
                remedy=tuple(f"git add -f {name}" for name in names),
            )
        )
    if target_directory.is_dir() and target_directory not in ignored:
        findings += _unignored_target(root, target_directory)
    return findings


def _unignored_target(root: Path, folder: Path) -> list[Finding]:
    top = next(
        (item for item in (root, *root.parents) if (item / ".git").exists()), None
    )
    if top is None or top not in folder.parents:
        return []
    place = root if root in folder.parents else top
    line = f"/{folder.relative_to(place).as_posix()}/"
    path = place / ".gitignore"
    return [
        Finding(
            "project-gitignore",
            "warning",
            f"git does not ignore the target directory {folder}",
            why="compiled files would be committed; tools that search the project "
            "walk through all of them",
            remedy=(f"echo '{line}' >> {path}",),
            fix=Fix(
                (f"write {path}: add the line {line}",), lambda: _append(path, line)
            ),
        )
    ]


def _append(path: Path, line: str) -> None:
    from ferrule import atomic

    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    separator = "" if not text or text.endswith("\n") else "\n"
    atomic.write_text(path, f"{text}{separator}{line}\n")
