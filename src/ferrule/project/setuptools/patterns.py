"""Lists of files as short settings: `python-packages` and `include`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PackedFiles", "describe_files", "group_paths"]


@dataclass
class PackedFiles:
    """What packs exactly a given list of files."""

    python_packages: list[str] = field(default_factory=list)
    include: list[Any] = field(default_factory=list)


def describe_files(
    files: Mapping[str, str], source: str, tree: Sequence[str]
) -> PackedFiles:
    """Return settings that pack `files` (path to place in the wheel), no others.

    `source` is `python-source`, "" for the root; `tree` lists all files of the
    project. A folder that is packed whole is named as a package, other files
    become patterns.
    """
    prefix = f"{source}/" if source else ""
    in_place = {path for path, place in files.items() if path == prefix + place}
    packed = PackedFiles()
    loose: list[str] = []
    below = [path for path in tree if path.startswith(prefix)]
    for name in _children(in_place, prefix):
        _visit(f"{prefix}{name}", prefix, in_place, below, packed, loose)
    for path in sorted(in_place):
        name = path[len(prefix) :]
        if "/" in name:
            continue
        stem = name.rpartition(".")[0]
        alone = not any(
            item == f"{prefix}{stem}.pyi" or item.startswith(f"{prefix}{stem}/")
            for item in below
        )
        if name.endswith(".py") and alone:
            packed.python_packages.append(stem)
        else:
            loose.append(path)
    packed.include += group_paths(loose, tree)
    moved: dict[str, list[str]] = {}
    for path, place in sorted(files.items()):
        if path not in in_place:
            moved.setdefault(place.rpartition("/")[0], []).append(path)
    for place, paths in moved.items():
        packed.include += [
            {"path": pattern, "to": place} for pattern in group_paths(paths, tree)
        ]
    return packed


def _visit(
    folder: str,
    prefix: str,
    in_place: set[str],
    below: Sequence[str],
    packed: PackedFiles,
    loose: list[str],
) -> None:
    present = [path for path in below if path.startswith(f"{folder}/")]
    if in_place.issuperset(present):
        packed.python_packages.append(folder[len(prefix) :])
        return
    inside = {path for path in in_place if path.startswith(f"{folder}/")}
    for name in _children(inside, f"{folder}/"):
        _visit(f"{folder}/{name}", prefix, inside, present, packed, loose)
    loose += sorted(path for path in inside if "/" not in path[len(folder) + 1 :])


def _children(paths: Iterable[str], prefix: str) -> list[str]:
    """Return the folders directly below a prefix that hold any of the paths."""
    parts = (path[len(prefix) :].partition("/") for path in paths)
    return sorted({name for name, slash, _ in parts if slash})


def group_paths(paths: Sequence[str], tree: Sequence[str]) -> list[str]:
    """Return patterns that match exactly `paths` among the files of the tree.

    >>> group_paths(["a/x.py", "a/y.py"], ["a/x.py", "a/y.py", "a/z.txt"])
    ['a/*.py']
    """
    wanted = set(paths)
    groups: dict[tuple[str, str], list[str]] = {}
    for path in sorted(wanted):
        groups.setdefault(_kind(path), []).append(path)
    found = []
    present: dict[tuple[str, str], set[str]] = {}
    for path in tree:
        present.setdefault(_kind(path), set()).add(path)
    for (folder, suffix), members in groups.items():
        is_whole = present.get((folder, suffix), set()) <= wanted
        if is_whole and suffix and (len(members) > 1 or suffix == ".py"):
            place = f"{_escape(folder)}/" if folder else ""
            found.append(f"{place}*{suffix}")
        else:
            found += map(_escape, members)
    return found


def _kind(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    dot = name.rfind(".")
    return folder, name[dot:] if dot > 0 else ""


def _escape(path: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)
