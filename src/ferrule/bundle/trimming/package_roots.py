"""What the packages of a bundle say about the modules that a program needs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.packages import is_path_file, metadata_values, top_modules
from ferrule.bundle.trimming.graph import Root
from ferrule.project.names import normal_name, requirement_name
from ferrule.python.imports import Import, ModuleFacts

if TYPE_CHECKING:
    from ferrule.bundle.packages import Package

__all__ = [
    "loose_facts",
    "package_roots",
    "path_file_texts",
    "plugin_modules",
    "requested_names",
]

_UNUSED_GROUPS: Final = frozenset(
    ("console_scripts", "gui_scripts", "pytest11", "distutils.commands")
)
"""Entry points of tools that are no part of a bundle."""
_IMPORTS: Final = ("import ", "import\t")
_MODULE: Final = r"\.*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"


def package_roots(
    packages: Sequence[Package],
    known: Collection[str],
    *,
    project: str,
    requested: Collection[str],
) -> Iterator[Root]:
    """Yield the modules that are kept because of the package that they are in.

    The project's own package (a distribution's name) is kept whole. Of packages that
    were asked for (normal names), and of those that no other one requires, the
    topmost modules are roots.
    """
    required = {name for item in packages for name in _requirements(item)}
    for package in packages:
        name = normal_name(package.name)
        if project and name == normal_name(project):
            for item in package.files:
                if item.module:
                    yield Root(item.module, "the project's own package")
        elif name in requested or name not in required:
            paths = [item.path for item in package.files if item.root == "packages"]
            own = {item.module for item in package.files if item.module}
            for top in top_modules(paths):
                for start in _starts(top, own, known):
                    yield Root(start, f"{package.name} is asked for")


def _starts(top: str, own: Collection[str], known: Collection[str]) -> list[str]:
    """Return a module; of a folder without `__init__`, the first ones below it."""
    if top in own:
        return [top]
    found: list[str] = []
    for name in sorted(known):
        if name.startswith(f"{top}.") and name.count(".") == top.count(".") + 1:
            found += _starts(name, own, known)
    return found


def _requirements(package: Package) -> Iterator[str]:
    """Yield the distributions that a package requires, but not for extras."""
    for item in package.files:
        if not item.path.endswith(".dist-info/METADATA"):
            continue
        for value in metadata_values(_read(item.source), "Requires-Dist"):
            if "extra ==" not in value:
                yield requirement_name(value)


def plugin_modules(packages: Sequence[Package]) -> dict[str, str]:
    """Return the modules that packages offer as entry points, with their groups."""
    modules: dict[str, str] = {}
    for package in packages:
        for item in package.files:
            if not item.path.endswith(".dist-info/entry_points.txt"):
                continue
            group = ""
            for line in _read(item.source).splitlines():
                if line.strip().startswith("["):
                    group = line.strip(" []\t")
                elif "=" in line and group not in _UNUSED_GROUPS:
                    found = re.match(r"[\w.]+", line.partition("=")[2].strip())
                    if found:
                        modules.setdefault(found[0], group)
    return modules


def path_file_texts(packages: Sequence[Package]) -> Iterator[tuple[str, str]]:
    """Yield the Python in `.pth` files: the file's name and its lines of code."""
    for package in packages:
        for item in package.files:
            if item.root == "packages" and is_path_file(item.path):
                lines = _read(item.source).splitlines()
                code = [line for line in lines if line.startswith(_IMPORTS)]
                yield item.path, "\n".join(code)


def requested_names(texts: Sequence[str]) -> frozenset[str]:
    """Return the distributions of requirements, by normal name.

    >>> sorted(requested_names(["Requests[socks]>=2", "-r x.txt", "# no"]))
    ['requests']
    """
    return frozenset(filter(None, map(requirement_name, texts)))


def loose_facts(text: str) -> ModuleFacts:
    """Return what a text imports that is only a piece of Python.

    >>> [item.name for item in loose_facts("import json; x = {value}").imports]
    ['json']
    """
    imports = []
    taking = rf"\bfrom\s+({_MODULE})\s+import\s+([\w, *]+)"
    for found in re.finditer(taking, text):
        words = [item.split() for item in found[2].split(",")]
        imports.append(Import(found[1], tuple(item[0] for item in words if item)))
    rest = re.sub(taking, "", text)
    for found in re.finditer(rf"\bimport\s+({_MODULE}(?:\s*,\s*{_MODULE})*)", rest):
        imports += [Import(item.strip()) for item in found[1].split(",")]
    for found in re.finditer(rf"""\b__import__\(\s*["']({_MODULE})["']""", text):
        imports.append(Import(found[1]))
    return ModuleFacts(tuple(imports))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
