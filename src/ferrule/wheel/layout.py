"""Which files go where in a wheel.

A project is mixed when a Python package of the module's name exists, otherwise
pure: then ferrule generates the package around the extension module. Explicit
settings (`python-source`, `python-packages`, `data`, `include`, `exclude`)
always win over what is found.
"""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors import SeveralError, did_you_mean
from ferrule.errors.wheel import (
    DataFolderError,
    MissingPackageError,
    OutDirError,
    PythonSourceError,
)
from ferrule.records import dataclass
from ferrule.wheel.ignore import Patterns
from ferrule.wheel.include import (
    DATA_PREFIX,
    OutDirOf,
    fixed_folder,
    include_members,
    out_dir_members,
)
from ferrule.wheel.member import Member
from ferrule.wheel.python_tree import (
    Package,
    file_member,
    holds_python,
    walk_folder,
    walk_package,
)

if TYPE_CHECKING:
    from ferrule.settings.model import Settings

__all__ = ["Layout", "ModulePlace", "plan_layout"]

DATA_FOLDERS = ("data", "headers", "platlib", "purelib", "scripts")
UNREMARKABLE = frozenset({"benches", "benchmarks", "docs", "examples", "test", "tests"})

_INIT_TEXT = """\
from . import {name} as _extension
from .{name} import *

__doc__ = _extension.__doc__
if hasattr(_extension, "__all__"):
    __all__ = _extension.__all__
del _extension
"""


@dataclass(frozen=True)
class ModulePlace:
    """Where one extension module goes."""

    name: str
    """Dotted import path, for example `pkg._core`."""
    path: str
    """Path inside the wheel without suffix, for example `pkg/_core`."""
    is_mixed: bool
    """Whether the module lies in a package that the project has."""
    stub: Path | None = None
    """The `.pyi` file of a module that ferrule generates the package for."""
    is_bound: bool = False
    """Whether the place is that of a generated package, which opens a library."""

    def generated_members(self) -> list[Member]:
        """Return the package around the module; nothing in a mixed project."""
        if self.is_mixed:
            return []
        folder, _, name = self.path.rpartition("/")
        members = []
        if not self.is_bound:
            content = _INIT_TEXT.format(name=name).encode("utf-8")
            members.append(Member(f"{folder}/__init__.py", content))
        if self.stub is not None:
            members.append(file_member(f"{folder}/__init__.pyi", self.stub))
            members.append(Member(f"{folder}/py.typed", b""))
        return members


@dataclass(frozen=True)
class Layout:
    """The places of all files of one project's wheels."""

    root: Path
    python_dir: Path
    """The folder that holds the Python packages: what an editable install needs."""
    modules: tuple[ModulePlace, ...]
    packages: tuple[Package, ...]
    data_dir: Path | None
    settings: Settings
    distribution: str
    editable: bool = False

    @property
    def is_mixed(self) -> bool:
        """Whether the project has Python files of its own."""
        return bool(self.packages) or (self.is_explicit and bool(self.settings.include))

    @property
    def is_explicit(self) -> bool:
        """Whether the settings list every file."""
        return self.settings.python_files == "explicit"

    def extension_path(self, module_name: str, suffix: str) -> str:
        """Return the place of an extension module; `suffix` such as `.abi3.so`.

        Raises KeyError for a module that was not planned.
        """
        places = {place.name: place.path for place in self.modules}
        return places[module_name] + suffix

    def with_packages(self, names: Container[str]) -> Layout:
        """Return the layout in which these modules are generated packages."""
        places = (
            replace(place, is_bound=place.name in names) for place in self.modules
        )
        return replace(self, modules=tuple(places))

    def package_path(self, module_name: str) -> str:
        """Return the folder of a generated package that opens a library.

        In a mixed project it lies where an extension module would lie. Raises
        KeyError for a module that was not planned.
        """
        place = {place.name: place for place in self.modules}[module_name]
        return place.path if place.is_mixed else place.path.rpartition("/")[0]

    def python_members(self) -> list[Member]:
        """Return generated files and, unless editable, the Python packages.

        Raises `ReadError`.
        """
        members = [
            member for place in self.modules for member in place.generated_members()
        ]
        if self.editable:
            return members
        stale = [place.path for place in self.modules if place.is_mixed]
        walked = [
            member
            for package in self.packages
            for member in walk_package(
                package, root=self.root, stale=stale, is_explicit=self.is_explicit
            )
        ]
        return members + self._without_excluded(walked)

    def include_members(self, out_dir_of: OutDirOf | None = None) -> list[Member]:
        """Return the files of the `include` setting; none when editable.

        `out_dir_of` gives the folder that a crate's build script filled, by
        crate name, or for None of the project's own crate. Raises
        `IncludePatternError`, `OutDirError` and `ReadError`.
        """
        members: list[Member] = []
        for pattern in self.settings.include:
            is_data = (pattern.to or "").startswith(DATA_PREFIX)
            if "wheel" not in pattern.format or (self.editable and not is_data):
                continue
            if pattern.source == "out-dir":
                if out_dir_of is None:
                    raise OutDirError(pattern.path, pattern.crate)
                members += out_dir_members(pattern, out_dir_of)
            else:
                found = include_members(
                    pattern, root=self.root, python_dir=self.python_dir
                )
                members += self._without_excluded(found)
        return members

    def moved_packages(self) -> dict[str, Path]:
        """Return `__init__.py` of packages that lie under another name in the tree.

        An editable install cannot find them by a folder alone.
        """
        found = {}
        for pattern in self.settings.include:
            if pattern.to and pattern.source is None and "wheel" in pattern.format:
                init = self.root / fixed_folder(pattern.path) / "__init__.py"
                if init.is_file() and not pattern.to.startswith(DATA_PREFIX):
                    found[pattern.to.strip("/").replace("/", ".")] = init
        return found

    def data_members(self, version: str) -> list[Member]:
        """Return the files of the data folder. Raises `DataFolderError`."""
        if self.data_dir is None:
            return []
        place = self._data_folder(version)
        members: list[Member] = []
        for child in sorted(self.data_dir.iterdir()):
            if child.name not in DATA_FOLDERS or not child.is_dir():
                known = did_you_mean(child.name, DATA_FOLDERS)
                raise DataFolderError(self.data_dir, f"it holds {child.name!r}{known}")
            members += walk_folder(child, f"{place}/{child.name}", rules=None)
        return self._without_excluded(members)

    def members(self, version: str, out_dir_of: OutDirOf | None = None) -> list[Member]:
        """Return every file but the built artifacts and the dist-info folder."""
        found = [
            *self.python_members(),
            *self.include_members(out_dir_of),
            *self.data_members(version),
        ]
        place = f"{self._data_folder(version)}/"
        return [
            replace(member, path=place + member.path[len(DATA_PREFIX) :])
            if member.path.startswith(DATA_PREFIX)
            else member
            for member in found
        ]

    def _data_folder(self, version: str) -> str:
        return f"{self.distribution}-{version.replace('-', '_')}.data"

    def _without_excluded(self, members: list[Member]) -> list[Member]:
        lines = [
            pattern.path
            for pattern in self.settings.exclude
            if "wheel" in pattern.format
        ]
        patterns = Patterns.parse(str(self.root), lines) if lines else None
        if patterns is None:
            return members
        kept = []
        for member in members:
            verdict = patterns.verdict(str(member.source))
            if verdict is None:
                # Also a path as it stands in the wheel can be excluded.
                verdict = patterns.spec.check_file(member.path).include
            if not verdict:
                kept.append(member)
        return kept


def plan_layout(
    root: Path,
    settings: Settings,
    module_names: Sequence[str],
    *,
    distribution: str,
    manifest_dir: Path,
    editable: bool = False,
) -> Layout:
    """Decide where the files of a project go.

    `module_names` is empty for projects of programs only; their package, if
    any, has the name that `module-name` gives, or that of the distribution.
    Raises `PythonSourceError`, `MissingPackageError` and `DataFolderError`.
    """
    if settings.python_files == "explicit":
        return _explicit_layout(
            root, settings, module_names, distribution, editable=editable
        )
    names = list(module_names) or [_package_name(settings, distribution)]
    tops = list(dict.fromkeys(name.split(".")[0] for name in names))
    python_dir = _find_python_dir(root, settings, [*tops, *settings.python_packages])
    explicit = settings.python_source is not None
    mixed = [top for top in tops if _is_package(python_dir / top, explicit=explicit)]
    if explicit and not mixed and not settings.python_packages:
        reason = f"{python_dir} holds no package named {' or '.join(tops)}"
        raise PythonSourceError(str(settings.python_source), reason)
    packages = _find_packages(python_dir, mixed, settings.python_packages)
    if python_dir != root:
        _warn_unpacked(python_dir, packages)
    folders = [root, manifest_dir]
    return Layout(
        root=root,
        python_dir=python_dir,
        modules=tuple(_place(name, mixed, folders) for name in module_names),
        packages=packages,
        data_dir=_find_data_dir(root, settings, [*names, settings.module_name]),
        settings=settings,
        distribution=distribution,
        editable=editable,
    )


def _explicit_layout(
    root: Path,
    settings: Settings,
    module_names: Sequence[str],
    distribution: str,
    *,
    editable: bool,
) -> Layout:
    """Return the layout in which nothing is looked for."""
    python_dir = _find_python_dir(root, settings, ())
    return Layout(
        root=root,
        python_dir=python_dir,
        modules=tuple(
            ModulePlace(name, name.replace(".", "/"), is_mixed=True)
            for name in module_names
        ),
        packages=_find_packages(python_dir, (), settings.python_packages),
        data_dir=_find_data_dir(root, settings, ()),
        settings=settings,
        distribution=distribution,
        editable=editable,
    )


def _package_name(settings: Settings, distribution: str) -> str:
    # Programs may have hyphens in their names, packages may not.
    return (settings.module_name or distribution).replace("-", "_")


def _find_python_dir(root: Path, settings: Settings, names: Sequence[str]) -> Path:
    if settings.python_source is not None:
        folder = Path(os.path.normpath(root / settings.python_source))
        if not folder.is_dir():
            reason = f"{folder} is no folder"
            raise PythonSourceError(settings.python_source, reason)
        return folder
    for folder in (root, root / "python", root / "src"):
        if any((folder / name / "__init__.py").is_file() for name in names):
            return folder
    return root


def _is_package(folder: Path, *, explicit: bool) -> bool:
    if (folder / "__init__.py").is_file():
        return True
    if not folder.is_dir() or (folder / "Cargo.toml").exists():
        return False
    # A namespace package has no __init__.py; a folder of other things that
    # happens to bear the name has no Python file at all.
    return explicit or holds_python(folder)


def _place(name: str, mixed: Sequence[str], folders: Sequence[Path]) -> ModulePlace:
    parts = name.split(".")
    if parts[0] in mixed and len(parts) > 1:
        return ModulePlace(name, "/".join(parts), is_mixed=True)
    path = "/".join([*parts, parts[-1]])
    if parts[0] in mixed:
        return ModulePlace(name, path, is_mixed=True)
    candidates = [folder / f"{parts[-1]}.pyi" for folder in folders]
    stub = next((file for file in candidates if file.is_file()), None)
    return ModulePlace(name, path, is_mixed=False, stub=stub)


def _find_packages(
    python_dir: Path, mixed: Sequence[str], further: Sequence[str]
) -> tuple[Package, ...]:
    packages = {name: Package(python_dir / name, name) for name in mixed}
    problems = []
    for item in further:
        name = item.strip("/")
        folder, module = python_dir / name, python_dir / f"{name}.py"
        if folder.is_dir():
            packages.setdefault(name, Package(folder, name))
        elif module.is_file():
            packages[f"{name}.py"] = Package(module, f"{name}.py")
            stub = python_dir / f"{name}.pyi"
            if stub.is_file():
                packages[f"{name}.pyi"] = Package(stub, f"{name}.pyi")
        else:
            close = did_you_mean(name, [path.stem for path in python_dir.iterdir()])
            problems.append(MissingPackageError(name, python_dir, close))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise SeveralError("python-packages names what does not exist", problems)
    return tuple(packages.values())


def _warn_unpacked(python_dir: Path, packages: Sequence[Package]) -> None:
    packed = {package.path.split("/")[0] for package in packages}
    for init in sorted(python_dir.glob("*/__init__.py")):
        name = init.parent.name
        if name not in packed and name not in UNREMARKABLE:
            log.warn(
                f"the package {name} in {python_dir} is not packed: "
                "name it in `python-packages` if it belongs to the wheel"
            )


def _find_data_dir(
    root: Path, settings: Settings, names: Sequence[str | None]
) -> Path | None:
    if settings.data is not None:
        folder = Path(os.path.normpath(root / settings.data))
        if not folder.is_dir():
            raise DataFolderError(folder, "there is no such folder")
        return folder
    return next(
        (path for name in names if (path := root / f"{name}.data").is_dir()), None
    )
