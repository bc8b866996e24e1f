"""The walk over Python packages: which files of a source tree are packed.

Rules: .gitignore files inside the project count; `__pycache__` and compiled
bytecode, cargo's target folders and folders marked by CACHEDIR.TAG are never
packed; symbolic links are followed, except back into a folder that is being
walked; files that an earlier build left beside the package are dropped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ferrule import log
from ferrule.errors.files import ReadError
from ferrule.records import dataclass
from ferrule.wheel.ignore import IgnoreRules, NoRules, rules_above
from ferrule.wheel.member import Member

__all__ = [
    "Package",
    "holds_python",
    "is_built_artifact",
    "walk_folder",
    "walk_package",
]

CACHE_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
BUILT_SUFFIXES = (".so", ".pyd", ".dll", ".dylib", ".pdb", ".dwp", ".dSYM")

Keep = Callable[[str], bool]


@dataclass(frozen=True)
class Package:
    """A top-level package or module to pack."""

    source: Path
    """The package's folder, or the module's file."""
    path: str
    """Its name inside the wheel."""


def walk_package(
    package: Package,
    *,
    root: Path,
    stale: Sequence[str] = (),
    is_explicit: bool = False,
) -> Iterator[Member]:
    """Yield the files of a package in sorted order.

    `root` is the project, whose .gitignore files count, unless the files are
    listed explicitly; `stale` are the import
    paths, with slashes, of extension modules whose built files are dropped.
    Raises `ReadError`.
    """
    rules = NoRules() if is_explicit else rules_above(root, package.source)
    if package.source.is_file():
        if not rules.within(str(package.source.parent)).ignores(str(package.source)):
            yield file_member(package.path, package.source)
        return
    places = frozenset(tuple(name.rsplit("/", 1)) for name in stale)

    def is_kept(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return not any(
            folder == place[0] and is_built_artifact(name, place[1])
            for place in places
            if len(place) == 2
        )

    yield from walk_folder(package.source, package.path, rules=rules, is_kept=is_kept)


def walk_folder(
    folder: Path,
    path: str,
    *,
    rules: IgnoreRules | None,
    is_kept: Keep | None = None,
) -> Iterator[Member]:
    """Yield the files below `folder`, to be stored below `path`.

    Without `rules` nothing is left out, bytecode neither. Raises `ReadError`.
    """
    yield from _walk(str(folder), path, rules, is_kept or _keep_all, ())


def _keep_all(path: str) -> bool:
    del path
    return True


def is_built_artifact(name: str, module: str) -> bool:
    """Return whether a file name is that of a built extension `module`.

    >>> is_built_artifact("_core.abi3.so", "_core")
    True
    >>> is_built_artifact("_core_extra.so", "_core")
    False
    """
    return name.endswith(BUILT_SUFFIXES) and name.startswith(
        (f"{module}.", f"lib{module}.")
    )


def holds_python(folder: Path) -> bool:
    """Return whether a Python file lies anywhere below a folder."""
    entries = _entries(str(folder), frozenset({"__pycache__"}))
    if any(item.name.endswith((".py", ".pyi")) and item.is_file() for item in entries):
        return True
    return any(
        holds_python(Path(item.path))
        for item in entries
        if not item.name.startswith(".")
        and item.is_dir(follow_symlinks=False)
        and not is_cache(item.path)
    )


def _walk(
    folder: str,
    path: str,
    rules: IgnoreRules | None,
    is_kept: Keep,
    ancestors: tuple[str, ...],
) -> Iterator[Member]:
    if rules is not None:
        rules = rules.within(folder)
    ancestors = (*ancestors, folder)
    for entry in _entries(folder, frozenset(() if rules is None else {"__pycache__"})):
        name = f"{path}/{entry.name}" if path else entry.name
        if entry.is_dir():
            if entry.is_symlink() and _leads_back(entry, ancestors):
                log.warn(f"{entry.path} links back to a folder above it: not packed")
            elif _enters(entry, rules) and is_kept(name):
                yield from _walk(entry.path, name, rules, is_kept, ancestors)
        elif not entry.is_file():
            log.warn(f"{entry.path} is a broken link or no regular file: not packed")
        elif is_kept(name) and not (rules is not None and _is_ignored(entry, rules)):
            yield file_member(name, Path(entry.path))


def _entries(folder: str, skipped: frozenset[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if entry.name not in skipped]
    except OSError as error:
        raise ReadError(Path(folder), error) from error
    return sorted(entries, key=lambda entry: entry.name)


def _enters(entry: os.DirEntry[str], rules: IgnoreRules | None) -> bool:
    if rules is None:
        return True
    return not rules.ignores(f"{entry.path}/") and not is_cache(entry.path)


def _is_ignored(entry: os.DirEntry[str], rules: IgnoreRules) -> bool:
    return entry.name.endswith((".pyc", ".pyo")) or rules.ignores(entry.path)


def is_cache(folder: str) -> bool:
    """Return whether a folder is a cargo target folder or marked as a cache."""
    if os.path.exists(f"{folder}/.rustc_info.json"):
        return True
    try:
        with Path(folder, "CACHEDIR.TAG").open("rb") as stream:
            return stream.read(len(CACHE_SIGNATURE)) == CACHE_SIGNATURE
    except OSError:
        return False


def _leads_back(entry: os.DirEntry[str], ancestors: tuple[str, ...]) -> bool:
    return any(os.path.samefile(entry.path, above) for above in ancestors)


def file_member(path: str, source: Path) -> Member:
    try:
        mode = source.stat().st_mode
    except OSError as error:
        raise ReadError(source, error) from error
    return Member(path, source, executable=bool(mode & 0o100))
