"""Building what an editable install points to, and its wheel (PEP 660)."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.finder import Finder, pth_source
from ferrule.editable.freshness import write_record
from ferrule.pipeline.build.packing import wheel_tag, write_product
from ferrule.pipeline.build.wheels import plan_builds, wanted_profile
from ferrule.pipeline.compiling import compile_build
from ferrule.pipeline.development.editable_places import (
    Place,
    find_place,
    place_modules,
    place_packages,
    place_programs,
)
from ferrule.pipeline.development.request_record import make_record, write_request
from ferrule.pipeline.inputs import build_inputs
from ferrule.pipeline.opening import open_project
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.development.request_record import RequestRecord
    from ferrule.pipeline.opening import OpenProject
    from ferrule.pipeline.request import Request
    from ferrule.plan.build import Build
    from ferrule.project.core_metadata import CoreMetadata
    from ferrule.project.model import Project
    from ferrule.wheel.layout import Layout
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "EditableContents",
    "build_editable_wheel",
    "locked_place",
    "place_editable",
    "prepare_editable",
]


@dataclass(frozen=True)
class EditableContents:
    """What an editable install consists of, all of it built and in its place."""

    build: Build
    """The build without the optional parts that could not be compiled."""
    members: tuple[Member, ...]
    """The files to install, the finder and its `.pth` file among them; programs
    are files below the target directory."""
    tag: WheelTag
    placed: tuple[Path, ...]
    """The modules below the target directory."""
    programs: tuple[Path, ...]
    """The programs below the target directory, under their installed names."""
    compiled: tuple[str, ...]
    """Cargo targets that were compiled."""
    fresh: int
    """Number of cargo targets that were up to date."""
    record: Path
    """The freshness record of what was placed."""
    modules: Mapping[str, Path]
    """The table of the finder."""
    installed: Mapping[str, str]
    """Digests of what a rebuild cannot change."""
    libraries: CompiledBuild
    """What cargo built, and with which commands."""


def build_editable_wheel(request: Request, out_dir: Path) -> Path:
    """Build the wheel of an editable install and return its path.

    The wheel holds the metadata, the entry points and a finder; modules stay
    in the target directory and Python packages where they are.
    """
    opened = open_project(request)
    build, names = plan_builds(opened)[0]
    project = build.project
    log.step(
        f"building the editable wheel of {project.metadata.name} for "
        f"{', '.join(names)} ({wanted_profile(opened, project.settings)} profile)"
    )
    contents = prepare_editable(opened, build)
    path = write_product(
        contents.build, contents.members, contents.tag, out_dir, epoch=request.epoch
    )
    log.step(f"built {path.name}")
    return path


def prepare_editable(opened: OpenProject, build: Build) -> EditableContents:
    """Compile a build, put its modules in their places, and return the rest.

    Nothing is installed: that is for a wheel, or for `ferrule develop`.
    """
    folder = opened.target_directory if not build.keys else Path()
    place = find_place(build, opened.request, folder)
    with locked_place(place):
        return place_editable(opened, build, place)


def locked_place(place: Place) -> AbstractContextManager[None]:
    """Hold the lock of a place's only writer. Raises OSError."""
    from ferrule.editable.installed_rebuilder import locked

    def tell() -> None:
        log.step(f"waiting for another ferrule that builds in {place.folder}")

    return locked(str(place.lock), tell)


def place_editable(
    opened: OpenProject,
    build: Build,
    place: Place,
    *,
    installed: Mapping[str, str] | None = None,
) -> EditableContents:
    """Do what `prepare_editable` does; the caller holds the place's lock.

    `installed` are the digests of what is installed already, for a rebuild.
    """
    metadata = build.project.metadata
    started_ns = time.time_ns()
    compiled = compile_build(opened, build)
    layout = _plan_layout(build, compiled)
    if build.project.settings.generate_stubs:
        from ferrule.pipeline.build.stub_members import refresh_stubs

        if refresh_stubs(compiled, layout):
            layout = _plan_layout(build, compiled)  # a new stub has a place in it
    modules = {**layout.moved_packages(), **place_modules(compiled, layout, place)}
    packages, folders = place_packages(compiled, layout, place)
    modules.update(packages)
    if layout.is_mixed:
        folders.insert(0, layout.python_dir)
    members = layout.members(metadata.file_version, compiled.out_dir_of)
    programs = place_programs(compiled, layout, place)
    members += programs
    name = f"_ferrule_editable_{metadata.distribution_name}"
    members.append(Member(f"{name}.pth", pth_source(name, folders).encode()))
    digests = _digests(metadata, members, modules)
    record = make_record(
        opened.request, build.interpreter, metadata.name, installed or digests
    )
    members += _finder_members(name, build.project, modules, place, record)
    write_request(place.request, record)
    _record_freshness(compiled, modules, place, started_ns)
    libraries = {item.name: compiled.library(item) for item in compiled.build.modules}
    tag, _ = wheel_tag(compiled.planned or build, libraries, is_local=True)
    return EditableContents(
        build=compiled.planned or build,
        members=tuple(members),
        tag=tag,
        placed=tuple(modules.values()),
        programs=tuple(
            item.source for item in programs if isinstance(item.source, Path)
        ),
        compiled=compiled.compiled,
        fresh=compiled.fresh,
        record=place.record,
        modules=modules,
        installed=digests,
        libraries=compiled,
    )


def _plan_layout(build: Build, compiled: CompiledBuild) -> Layout:
    from ferrule.wheel.layout import plan_layout

    return plan_layout(
        build.project.root,
        build.project.settings,
        [item.name for item in build.modules],
        distribution=build.project.metadata.distribution_name,
        manifest_dir=build.project.manifest_path.parent,
        editable=True,
    ).with_packages(compiled.packages)


def _finder_members(
    name: str,
    project: Project,
    modules: Mapping[str, Path],
    place: Place,
    record: RequestRecord,
) -> list[Member]:
    settings = project.settings
    finder = Finder(
        distribution=project.metadata.name,
        modules=modules,
        record=place.record,
        rebuilds=settings.rebuild_on_import,
        keeps=settings.rebuild_failure == "keep",
        request=record.to_text(),
    )
    return [
        Member(f"{module}.py", text.encode())
        for module, text in finder.sources(name).items()
    ]


def _record_freshness(
    compiled: CompiledBuild, modules: Mapping[str, Path], place: Place, started_ns: int
) -> None:
    write_record(
        place.record,
        modules,
        build_inputs(compiled),
        # Whoever removes a module wants it back.
        products=modules.values(),
        started_ns=started_ns,
    )


def _digests(
    metadata: CoreMetadata, members: Sequence[Member], modules: Mapping[str, Path]
) -> dict[str, str]:
    """Return digests of what only an installer can bring into an environment."""
    headers, _, _ = metadata.to_metadata_text().partition("\n\n")
    files = [
        # The version is part of the metadata, not of what is in a data folder.
        (
            item.path.partition(".data/")[2] or item.path,
            item.source if isinstance(item.source, bytes) else None,
        )
        for item in members
    ]
    parts = {
        "metadata": headers,
        "entry points": metadata.entry_points_text(),
        "installed files": repr(sorted(files, key=lambda item: item[0])),
        "modules": repr(sorted(modules)),
    }
    return {
        name: hashlib.sha256((text or "").encode()).hexdigest()[:16]
        for name, text in parts.items()
    }
