"""Packing what was compiled: members, tag, archive."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__
from ferrule.pipeline.build.grafting import graft_libraries
from ferrule.pipeline.build.platforms import wheel_binaries, wheel_platforms
from ferrule.wheel.deflate import find_compression
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.cargo.compile import Compiled
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.plan.build import Build
    from ferrule.project.model import Project
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "assemble",
    "import_library_members",
    "program_members",
    "set_product_time",
    "wheel_tag",
    "write_product",
]


def write_product(
    build: Build,
    members: Sequence[Member],
    tag: WheelTag,
    out_dir: Path,
    *,
    epoch: int | None,
) -> Path:
    """Write the wheel of a build and return its path.

    Raises what `write_wheel` raises.
    """
    from ferrule.wheel.writer import write_wheel

    settings = build.project.settings
    metadata = build.project.metadata
    path = write_wheel(
        out_dir,
        distribution=metadata.distribution_name,
        version=metadata.file_version,
        tag=tag,
        members=members,
        metadata_text=metadata.to_metadata_text(),
        entry_points_text=metadata.entry_points_text(),
        license_files=metadata.license_files,
        generator=f"ferrule {__version__}",
        source_date_epoch=epoch,
        compression=find_compression(settings.compression, settings.compression_level),
    )
    set_product_time(path, build.project)
    return path


def set_product_time(path: Path, project: Project) -> None:
    """Give a product inside the project the time of the project's manifest.

    cargo reruns a build script that names no inputs whenever any file below
    the crate is newer, `dist/` included; a wheel must not cause the next build
    to compile.
    """
    root = os.path.abspath(project.root)
    if os.path.abspath(path).startswith(root + os.sep):
        time_ns = os.stat(project.manifest_path).st_mtime_ns
        if os.stat(path).st_mtime_ns != time_ns:
            os.utime(path, ns=(time_ns, time_ns))


def assemble(
    compiled: CompiledBuild, *, insists_on_tag: bool = True
) -> tuple[list[Member], WheelTag, Sequence[str]]:
    """Return the members and the tag of a wheel whose artifacts are built.

    Third come the reasons for a tag that promises less than wanted.
    """
    from ferrule.wheel.layout import plan_layout

    build = compiled.build
    project = build.project
    layout = plan_layout(
        project.root,
        project.settings,
        [item.name for item in build.modules],
        distribution=project.metadata.distribution_name,
        manifest_dir=project.manifest_path.parent,
    ).with_packages(compiled.packages)
    members = layout.members(project.metadata.file_version, compiled.out_dir_of)
    built: list[Path] = []
    for module in build.modules:
        library = compiled.library(module)
        package = compiled.packages.get(module.name)
        if package is not None:
            generated = package.members(layout.package_path(module.name))
            members = without_replaced(members, generated) + generated
            built.append(library)
            continue
        path = layout.extension_path(module.name, module.abi.extension_suffix)
        members.append(Member(path, library, executable=True))
        built.append(library)
        if project.settings.include_import_lib:
            members += import_library_members(path, compiled.results[module.key])
    if project.settings.generate_stubs:
        from ferrule.pipeline.build.stub_members import with_stubs

        members = with_stubs(compiled, layout, members)
    scripts = program_members(compiled)
    members = without_replaced(members, scripts) + scripts
    built += [item.source for item in scripts if isinstance(item.source, Path)]
    grafted = graft_libraries(compiled, members, built)
    # Optional parts that are missing do not make the wheel fit elsewhere.
    planned = compiled.planned or build
    tag, notes = wheel_tag(
        planned,
        wheel_binaries(grafted.members, grafted.built),
        insists=insists_on_tag,
        left_out=grafted.left_out,
    )
    return grafted.members, tag, [*grafted.notes, *notes]


def import_library_members(path: str, compiled: Compiled) -> list[Member]:
    """Return the import libraries of a Windows module, beside it.

    `path` is the module's own place in the wheel.
    """
    folder = path.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    libraries = [lib for item in compiled.artifacts for lib in item.import_libraries]
    return [Member(f"{prefix}{library.name}", library) for library in libraries]


def without_replaced(
    members: Sequence[Member], generated: Sequence[Member]
) -> list[Member]:
    """Return members without the generated files that an earlier tool left."""
    replaced = {member.path for member in generated}
    return [member for member in members if member.path not in replaced]


def program_members(compiled: CompiledBuild) -> list[Member]:
    """Return the Rust programs: scripts, and files inside of packages."""
    metadata = compiled.build.project.metadata
    folder = f"{metadata.distribution_name}-{metadata.file_version}.data/scripts"
    members = []
    for program in compiled.build.programs:
        artifacts = compiled.results[program.key].artifacts
        places = [(target, f"{folder}/{name}") for target, name in program.scripts]
        for target, place in (*places, *program.places):
            source = next(item.path for item in artifacts if item.target == target)
            members.append(Member(f"{place}{source.suffix}", source, executable=True))
    return members


def wheel_tag(
    build: Build,
    binaries: Mapping[str, Path],
    *,
    is_local: bool = False,
    insists: bool = True,
    left_out: Sequence[str] = (),
) -> tuple[WheelTag, Sequence[str]]:
    """Return the tag of a wheel, and why it is not portable if it is not.

    `binaries` are its libraries and programs by their path in it, `left_out`
    libraries that count as promised.
    """
    from ferrule.wheel.tags import WheelTag

    python, abi = _python_tags(build)
    platforms, notes = wheel_platforms(
        build,
        binaries,
        is_local=is_local,
        insists=insists,
        python=python,
        left_out=left_out,
    )
    return WheelTag(python, abi, platforms), notes


def _python_tags(build: Build) -> tuple[str, str]:
    """Return Python and ABI tag: those of the most specific module.

    A program that embeds Python binds the wheel to its interpreter, one that does
    not fits every Python 3.
    """
    abis = [module.abi for module in build.modules]
    specific = [abi for abi in abis if abi.kind == "version"]
    if specific:
        return specific[0].python_tag, specific[0].abi_tag
    if any(program.embeds_python for program in build.programs) and build.interpreter:
        from ferrule.python.abis import version_specific_abi

        abi = version_specific_abi(build.interpreter)
        return abi.python_tag, abi.abi_tag
    if abis:
        # All floors must hold: the highest one is the wheel's.
        highest = max(abis, key=lambda abi: abi.version)
        return highest.python_tag, highest.abi_tag
    return "py3", "none"
