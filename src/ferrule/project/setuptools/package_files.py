"""Which files of a setuptools project its wheel holds.

For every listed package the `*.py` files, type information, `package_data` and,
with `include_package_data`, what MANIFEST.in selects: setuptools' user guide,
"Data Files Support". Built modules and bytecode never belong to them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.setuptools_project import PackageFolderError
from ferrule.project.setuptools.packages import PythonCode, package_folder

if TYPE_CHECKING:
    from ferrule.project.setuptools.manifest_in import Template

__all__ = ["DataRules", "list_package_files"]

_IMPLICIT = ("*.pyi", "py.typed")
_BUILT = (".so", ".pyd", ".dll", ".dylib")


@dataclass(frozen=True)
class DataRules:
    """What decides about the files of packages that are no modules."""

    package_data: Mapping[str, Sequence[str]] = field(default_factory=dict)
    exclude_package_data: Mapping[str, Sequence[str]] = field(default_factory=dict)
    include_package_data: bool = True


def list_package_files(
    root: Path,
    code: PythonCode,
    rules: DataRules,
    template: Template,
    tree: Sequence[str],
    built: Sequence[str] = (),
) -> dict[str, str]:
    """Return the place in the wheel of each file, by its path below the root.

    `tree` are the files of the project; `built` the dotted names of modules
    that are built, whose leftovers in the tree do not count. Raises
    `PackageFolderError`.
    """
    folders = {name: package_folder(name, code.package_dir) for name in code.packages}
    for name, folder in folders.items():
        if not (root / folder).is_dir():
            raise PackageFolderError(name, root / folder)
    found: dict[str, str] = {}
    by_folder = _by_folder(tree)
    for name, folder in folders.items():
        place = name.replace(".", "/")
        for file in by_folder.get(folder, ()):
            if file.endswith(".py"):
                found[_join(folder, file)] = f"{place}/{file}"
    for path, name in _data_files(folders, rules, template, tree, list(found)):
        relative = path[len(folders[name]) :].lstrip("/")
        found[path] = f"{name.replace('.', '/')}/{relative}"
    for module in code.modules:
        parent, _, last = module.rpartition(".")
        source = _join(package_folder(parent, code.package_dir), f"{last}.py")
        if (root / source).is_file():
            found[source] = f"{module.replace('.', '/')}.py"
    return {
        path: place for path, place in found.items() if not _is_leftover(place, built)
    }


def _data_files(
    folders: Mapping[str, str],
    rules: DataRules,
    template: Template,
    tree: Sequence[str],
    sources: Sequence[str],
) -> list[tuple[str, str]]:
    """Return path and package of each data file."""
    named = [
        (path, name)
        for name, folder in folders.items()
        for path in _matches(folder, _patterns(rules.package_data, name), tree)
    ]
    selected = list(named)
    if rules.include_package_data:
        # What setuptools takes by itself; MANIFEST.in can take it back, but
        # not from the wheel.
        before = {*sources, *(path for path, _ in named)}
        owners = {folder: name for name, folder in folders.items()}
        for path in sorted(template.select(tree, before)):
            folder, name = _owner(path, owners)
            is_module = "/" not in path[len(folder) :].lstrip("/")
            if name and not (is_module and path.endswith(".py")):
                selected.append((path, name))
    return [
        (path, name)
        for path, name in selected
        if not any(
            fnmatch(path, _join(folders[name], pattern))
            for pattern in _excluded(rules.exclude_package_data, name)
        )
    ]


def _patterns(table: Mapping[str, Sequence[str]], package: str) -> list[str]:
    return [*_IMPLICIT, *table.get("", ()), *table.get(package, ())]


def _excluded(table: Mapping[str, Sequence[str]], package: str) -> list[str]:
    return [*table.get("", ()), *table.get(package, ())]


def _owner(path: str, owners: Mapping[str, str]) -> tuple[str, str]:
    """Return folder and name of the innermost package that holds a file."""
    folder = path.rpartition("/")[0]
    while folder and folder not in owners:
        folder = folder.rpartition("/")[0]
    return folder, owners.get(folder, "")


def _matches(folder: str, patterns: Sequence[str], tree: Sequence[str]) -> list[str]:
    import re

    from ferrule.project.setuptools.globs import translate_glob

    prefix = f"{folder}/" if folder else ""
    inside = [path for path in tree if path.startswith(prefix)]
    found: dict[str, None] = {}
    for pattern in patterns:
        regex = re.compile(translate_glob(os.path.normpath(pattern)))
        for path in inside:
            relative = path[len(prefix) :]
            if regex.match(relative) and not _is_hidden(relative, pattern):
                found[path] = None
    return list(found)


def _is_hidden(path: str, pattern: str) -> bool:
    # Wildcards of package_data do not match names with a leading dot.
    hidden = [part for part in path.split("/") if part.startswith(".")]
    return bool(hidden) and not any(part.startswith(".") for part in pattern.split("/"))


def _by_folder(tree: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree:
        folder, _, name = path.rpartition("/")
        found.setdefault(folder, []).append(name)
    return found


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _is_leftover(place: str, built: Sequence[str]) -> bool:
    """Tell whether a file is what an earlier build of a module left."""
    if not place.endswith(_BUILT):
        return False
    folder, _, name = place.rpartition("/")
    dotted = f"{folder}/{name.partition('.')[0]}".strip("/").replace("/", ".")
    return dotted in built
