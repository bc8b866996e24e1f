"""Where the products of an editable install lie, below the target directory."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic
from ferrule.atomic import link_file
from ferrule.pipeline.build.packing import program_members
from ferrule.pipeline.development.request_record import place_label
from ferrule.pipeline.module_files import (
    place_library,
    remove_others,
    replace_loaded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.request import Request
    from ferrule.plan.build import Build
    from ferrule.wheel.layout import Layout
    from ferrule.wheel.member import Member

__all__ = [
    "Place",
    "copy_program",
    "find_place",
    "place_modules",
    "place_packages",
    "place_programs",
]


@dataclass(frozen=True)
class Place:
    """The folder of one install's products and records."""

    folder: Path

    @property
    def record(self) -> Path:
        """Return the freshness record."""
        return self.folder / "freshness"

    @property
    def request(self) -> Path:
        """Return the record of what was asked for."""
        return self.folder / "request.json"

    @property
    def lock(self) -> Path:
        """Return the file that one writer at a time holds."""
        return self.folder / "build.lock"


def find_place(build: Build, request: Request, fallback: Path) -> Place:
    """Return the place of a build; `fallback` is a target directory.

    It depends on what is asked for, not on what the project's settings say, so
    it stays where it is when they change.
    """
    keys = build.keys
    target_directory = keys[0].target_directory if keys else fallback
    name = build.project.metadata.distribution_name
    label = place_label(request, build.project.root, build.interpreter)
    return Place(target_directory / "ferrule" / "editable" / name / label)


def place_modules(
    compiled: CompiledBuild, layout: Layout, place: Place
) -> dict[str, Path]:
    """Link the libraries under importable names and return them by dotted name."""
    placed = {}
    for module in compiled.build.modules:
        if module.is_package:
            continue
        suffix = module.abi.extension_suffix
        path = layout.extension_path(module.name, suffix)
        target = place.folder / "modules" / path
        place_library(compiled.library(module), target)
        remove_others(target)
        placed[path[: -len(suffix)].replace("/", ".")] = target
    return placed


def place_packages(
    compiled: CompiledBuild, layout: Layout, place: Place
) -> tuple[dict[str, Path], list[Path]]:
    """Write the generated packages.

    Returned are their `__init__.py` files by dotted name, and the folders in
    which Python finds the namespace packages around them.
    """
    root = place.folder / "packages"
    is_mixed = {item.name: item.is_mixed for item in layout.modules}
    placed = {}
    folders: list[Path] = []
    for module in compiled.build.modules:
        package = compiled.packages.get(module.name)
        if package is None:
            continue
        path = layout.package_path(module.name)
        members = package.members(path)
        _remove_other_files(root / path, members)
        for member in members:
            _write_member(member, root / member.path)
        placed[path.replace("/", ".")] = root / path / "__init__.py"
        if not is_mixed[module.name] and "/" in path and root not in folders:
            folders.append(root)
    return placed, folders


def place_programs(
    compiled: CompiledBuild, layout: Layout, place: Place
) -> list[Member]:
    """Link the programs and return those to install.

    Those inside of packages go there: Python code finds such a program beside
    itself, so it must lie in the source tree. A wheel never takes it from there.
    """
    paths = {path for item in compiled.build.programs for _, path in item.places}
    installed = []
    for member in program_members(compiled):
        if not isinstance(member.source, Path):
            continue
        name = member.path[: -len(".exe")] if member.path.endswith(".exe") else ""
        is_inside = layout.is_mixed and not paths.isdisjoint({member.path, name})
        if is_inside:
            link_file(member.source, layout.python_dir / member.path)
        else:
            target = place.folder / "programs" / member.path.rpartition("/")[2]
            place_library(member.source, target)
            installed.append(replace(member, source=target))
    return installed


def _write_member(member: Member, target: Path) -> None:
    if isinstance(member.source, Path):
        place_library(member.source, target)
        return
    # The same text keeps its time: a change of time is a change of the package.
    if not target.is_file() or target.read_bytes() != member.source:
        atomic.write_bytes(target, member.source)


def _remove_other_files(folder: Path, members: Sequence[Member]) -> None:
    """Remove what an earlier generation of a package left, and its reloads."""
    wanted = {member.path.rpartition("/")[2] for member in members}
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_file() and entry.name not in wanted:
                os.unlink(entry.path)
    with suppress(OSError):
        for other in list(folder.parent.glob(f"{folder.name}.*")):
            if set(other.suffix[1:]) <= set("0123456789abcdef"):
                shutil.rmtree(other, ignore_errors=True)


def copy_program(source: Path, installed: Path) -> None:
    """Replace an installed copy of a program; do nothing where there is none.

    An entry point of the same name is a script and stays.
    """
    try:
        if installed.is_symlink() or os.path.samefile(source, installed):
            return
        with open(source, "rb") as ours, open(installed, "rb") as theirs:
            if ours.read(4) != theirs.read(4):
                return
    except OSError:
        return
    status, old = source.stat(), installed.stat()
    if (status.st_mtime_ns, status.st_size) != (old.st_mtime_ns, old.st_size):
        temporary = installed.with_name(f".{installed.name}.{os.getpid()}")
        shutil.copy2(source, temporary)
        replace_loaded(temporary, installed)
