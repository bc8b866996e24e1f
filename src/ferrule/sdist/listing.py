"""Which files of one folder belong to the project: three ways to ask.

`list_crate` asks cargo (which asks git), `list_tracked` asks git, and
`walk_folder` looks at the disk, with or without .gitignore rules. Build
products and caches are never part of an answer.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.sdist import FileListError
from ferrule.project.git import is_kept_by_git

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from ferrule.sdist.closure import PathCrate, RunCargo
    from ferrule.sdist.layout import Layout

    Rules = tuple[tuple[Path, GitIgnoreSpec], ...]

__all__ = [
    "is_product",
    "is_skipped",
    "list_crate",
    "list_tracked",
    "walk_everything",
    "walk_folder",
]

_PRODUCT_SUFFIXES = (".pyc", ".pyo", ".so", ".pyd")
_SKIPPED_FOLDERS = frozenset(
    (".git", ".hg", ".svn", ".bzr", ".jj", "__pycache__", ".venv", ".tox", ".nox")
)


def is_product(name: str, distribution: str) -> bool:
    """Tell whether a file name is that of a build product of this project."""
    if name.endswith(_PRODUCT_SUFFIXES):
        return True
    is_archive = name.endswith((".tar.gz", ".whl"))
    # Other tools spell the name as it is written: `My.Pkg-1.0.tar.gz`.
    spelling = name.lower().replace("-", "_").replace(".", "_")
    return is_archive and spelling.startswith(f"{distribution.lower()}_")


def is_skipped(folder: Path, skip: Collection[Path]) -> bool:
    """Tell whether a folder holds caches, environments or build products."""
    return (
        folder.name in _SKIPPED_FOLDERS
        or folder in skip
        or folder.name.endswith(".egg-info")
        or (folder / "CACHEDIR.TAG").is_file()
        or (folder / "pyvenv.cfg").is_file()
    )


def walk_folder(
    folder: Path,
    *,
    skip: Collection[Path] = (),
    boundary: Path | None = None,
    is_crate: bool = False,
) -> Iterator[Path]:
    """Yield the files below `folder`, sorted by folder.

    With a `boundary` that git keeps, the .gitignore files from the repository's
    root down to each file count.
    With `is_crate`, folders that are crates of their own are left out. Links
    are followed; `skip` holds folders that are not entered.
    """
    uses_rules = boundary is not None and is_kept_by_git(boundary)
    rules = _outer_rules(folder) if uses_rules else ()
    state = _Walk(skip, uses_rules=uses_rules, is_crate=is_crate)
    yield from state.walk(folder, rules, (os.path.realpath(folder),))


def walk_everything(folder: Path) -> Iterator[Path]:
    """Yield every file below `folder`, sorted by folder: no rule counts."""
    for place, names, files in os.walk(folder):
        names[:] = sorted(set(names) - {".git"})
        yield from (Path(place, name) for name in sorted(files))


class _Walk:
    def __init__(
        self, skip: Collection[Path], *, uses_rules: bool, is_crate: bool
    ) -> None:
        self.skip = skip
        self.uses_rules = uses_rules
        self.is_crate = is_crate

    def walk(
        self, folder: Path, rules: Rules, parents: tuple[str, ...]
    ) -> Iterator[Path]:
        if self.uses_rules:
            rules = (*rules, *_read_rules(folder))
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = folder / entry.name
            if entry.is_dir():
                if is_skipped(path, self.skip) or _is_ignored(path, rules, "/"):
                    continue
                if self.is_crate and (path / "Cargo.toml").is_file():
                    continue
                real = os.path.realpath(path)
                if real not in parents:
                    yield from self.walk(path, rules, (*parents, real))
            elif entry.is_file() and not _is_ignored(path, rules, ""):
                yield path


def _read_rules(folder: Path) -> Rules:
    path = folder / ".gitignore"
    if not path.is_file():
        return ()
    from pathspec import GitIgnoreSpec

    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return ((folder, GitIgnoreSpec.from_lines(lines)),)


def _outer_rules(folder: Path) -> Rules:
    """Return the rules of the folders above `folder` that speak about it."""
    above = [folder, *folder.parents]
    repository = next(item for item in above if (item / ".git").exists())
    rules: Rules = ()
    for outer in reversed(above[1:]):
        if outer == repository or repository in outer.parents:
            rules = (*rules, *_read_rules(outer))
    # An ignored folder that is built all the same (a copy below target/) is
    # not spoken about by the repository around it.
    return () if _is_ignored(folder, rules, "/") else rules


def _is_ignored(path: Path, rules: Rules, suffix: str) -> bool:
    for base, spec in reversed(rules):
        name = path.relative_to(base).as_posix() + suffix
        verdict = spec.check_file(name).include
        if verdict is not None:
            return verdict
    return False


def list_crate(
    crate: PathCrate, run_cargo: RunCargo, skip: Collection[Path], layout: Layout
) -> list[Path]:
    """Return the files that cargo would package for a crate.

    Where cargo refuses (a missing readme is enough), the disk is looked at
    with .gitignore rules.
    """
    # Cargo creates a target directory even for this question.
    target_dir = layout.closure.workspaces[0].target_dir
    argv = ["package", "--list", "--allow-dirty", "--target-dir", str(target_dir)]
    try:
        text = run_cargo([*argv, "--manifest-path", str(crate.manifest)], crate.folder)
    except FerruleError as error:
        log.warn(
            f"cargo does not list the files of crate {crate.name} "
            f"({error.what}); taking what .gitignore allows"
        )
        skip = {*skip, crate.folder / "target"}
        found = walk_folder(crate.folder, skip=skip, boundary=layout.top, is_crate=True)
        return list(found)
    # Cargo also names files that it would generate or copy from elsewhere.
    paths = [crate.folder / line for line in text.splitlines() if line]
    return [path for path in paths if path.is_file()]


def list_tracked(root: Path) -> list[Path]:
    """Return the files below `root` that git tracks; raises `FileListError`."""
    import subprocess

    argv = ["git", "ls-files", "-z", "--cached", "--recurse-submodules"]
    log.command(argv)
    try:
        done = subprocess.run(argv, cwd=root, capture_output=True, check=False)
    except OSError as error:
        raise FileListError(root, f"git does not run: {error}") from error
    if done.returncode:
        raise FileListError(root, done.stderr.decode("utf-8", "replace"))
    result: list[Path] = []
    for name in filter(None, done.stdout.split(b"\0")):
        path = root / os.fsdecode(name)
        if path.is_file():
            result.append(path)
        elif path.is_dir():
            result += walk_folder(path)
    return result
