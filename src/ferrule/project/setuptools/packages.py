"""Which packages and modules a setuptools project has.

The rules are those of setuptools' user guide, "Package Discovery": explicit
lists, searches, and the guesses for src and flat layouts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ferrule.errors.setuptools_project import DiscoveryError
from ferrule.project.setuptools.values import Find

__all__ = ["PythonCode", "discover", "find_packages", "package_folder"]

_ALWAYS_LEFT_OUT = ("ez_setup", "*__pycache__")
_NO_FLAT_PACKAGES = (
    *("ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news"),
    *("newsfragments", "changelog", "test", "tests", "unit_test", "unit_tests"),
    *("example", "examples", "scripts", "tools", "util", "utils", "python", "build"),
    *("dist", "venv", "env", "requirements", "tasks", "fabfile", "site_scons"),
    *("benchmark", "benchmarks", "exercise", "exercises", "htmlcov", "[._]*"),
)
_NO_FLAT_MODULES = (
    *("setup", "conftest", "test", "tests", "example", "examples", "build"),
    *("toxfile", "noxfile", "pavement", "dodo", "tasks", "fabfile"),
    *("[Ss][Cc]onstruct", "conanfile", "manage", "benchmark", "benchmarks"),
    *("exercise", "exercises", "[._]*"),
)
_NO_PACKAGE_HOLDS = ("Cargo.toml", "CACHEDIR.TAG", "pyvenv.cfg")

_LooksRight = Callable[[str, str], bool]


@dataclass(frozen=True)
class PythonCode:
    """The packages and modules of a project, and where they lie."""

    packages: tuple[str, ...]
    modules: tuple[str, ...]
    package_dir: Mapping[str, str]
    """Package to folder; the key "" is the folder of all others."""


def discover(root: Path, package_dir: Mapping[str, str]) -> PythonCode:
    """Return what setuptools guesses where neither packages nor modules are named.

    Raises `DiscoveryError` for a flat layout with several candidates.
    """
    own = {name: folder for name, folder in package_dir.items() if name}
    if own:
        found = [
            name
            for package, folder in own.items()
            for name in (package, *_nested(package, root / folder))
        ]
        return PythonCode(tuple(found), (), package_dir)
    source = package_dir.get("", "src")
    if (root / source).is_dir():
        packages = find_packages(root, Find((source,), namespaces=True))
        modules = _find_modules(root / source, ())
        return PythonCode(packages, modules, {**package_dir, "": source})
    excluded = [*_ALWAYS_LEFT_OUT]
    excluded += [item for name in _NO_FLAT_PACKAGES for item in (name, f"{name}.*")]
    packages = tuple(_walk(root, _is_flat_package, _matcher(excluded), _matcher("*")))
    tops = _top_level([name for name in packages if not _is_stubs(name)])
    if len(tops) > 1:
        raise DiscoveryError(root, "packages", sorted(tops))
    if tops:
        return PythonCode(packages, (), package_dir)
    modules = _find_modules(root, _NO_FLAT_MODULES)
    if len(modules) > 1:
        raise DiscoveryError(root, "modules", sorted(modules))
    return PythonCode(packages, modules, package_dir)


def find_packages(root: Path, search: Find) -> tuple[str, ...]:
    """Return the packages that a search finds below its folders, sorted."""
    looks_right = _is_any if search.namespaces else _has_init
    found: dict[str, None] = {}
    for where in search.where:
        excluded = _matcher((*_ALWAYS_LEFT_OUT, *search.exclude))
        included = _matcher(search.include)
        names = _walk(root / where, looks_right, excluded, included)
        found.update(dict.fromkeys(names))
    return tuple(found)


def package_folder(package: str, package_dir: Mapping[str, str]) -> str:
    """Return the folder of a package relative to the root, with slashes.

    >>> package_folder("a.b.c", {"": "src", "a.b": "elsewhere"})
    'elsewhere/c'
    """
    parts = package.split(".") if package else []
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name in package_dir:
            return _join(package_dir[name], *parts[count:])
    return _join(package_dir.get("", ""), *parts)


def _join(*parts: str) -> str:
    path = os.path.normpath("/".join(part for part in parts if part) or ".")
    return "" if path == "." else path.replace(os.sep, "/")


def _nested(package: str, folder: Path) -> Iterator[str]:
    for name in find_packages(folder, Find(namespaces=True)):
        yield f"{package}.{name}"


def _walk(
    where: Path,
    looks_right: _LooksRight,
    excluded: Callable[[str], bool],
    included: Callable[[str], bool],
    prefix: str = "",
) -> Iterator[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(where) if entry.is_dir())
    except OSError:
        return
    for name in names:
        package, path = f"{prefix}{name}", where / name
        if "." in name or not looks_right(str(path), package):
            continue
        if included(package) and not excluded(package):
            yield package
        # A folder of no interest is not searched: `build.*`, `target*`.
        if not _is_cut_off(package, excluded):
            yield from _walk(path, looks_right, excluded, included, f"{package}.")


def _is_cut_off(package: str, excluded: Callable[[str], bool]) -> bool:
    patterns = getattr(excluded, "patterns", ())
    return f"{package}*" in patterns or f"{package}.*" in patterns


class _Matcher:
    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)

    def __call__(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


def _matcher(patterns: Sequence[str] | str) -> _Matcher:
    return _Matcher((patterns,) if isinstance(patterns, str) else patterns)


def _has_init(path: str, package: str) -> bool:
    del package
    return os.path.isfile(f"{path}/__init__.py")


def _is_any(path: str, package: str) -> bool:
    del path, package
    return True


def _is_flat_package(path: str, package: str) -> bool:
    # Where setuptools would see packages of Python: crates, and what cargo and
    # tools of virtual environments write.
    if any(os.path.isfile(f"{path}/{name}") for name in _NO_PACKAGE_HOLDS):
        return False
    first, *others = package.split(".")
    is_top = first.isidentifier() or _is_stubs(first)
    return is_top and all(name.isidentifier() for name in others)


def _is_stubs(package: str) -> bool:
    return package.partition(".")[0].endswith("-stubs")


def _find_modules(folder: Path, excluded: Sequence[str]) -> tuple[str, ...]:
    left_out = _matcher(excluded)
    names = sorted(path.stem for path in folder.glob("*.py"))
    return tuple(name for name in names if name.isidentifier() and not left_out(name))


def _top_level(packages: Sequence[str]) -> list[str]:
    return [
        name
        for name in packages
        if not any(name.startswith(f"{other}.") for other in packages)
    ]
