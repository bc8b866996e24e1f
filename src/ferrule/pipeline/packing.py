"""Packing what was compiled: members, tag, archive."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.plan.build import Build
    from ferrule.project.model import Project
    from ferrule.wheel.tags import WheelTag

__all__ = [
    "assemble",
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


def assemble(compiled: CompiledBuild) -> tuple[list[Member], WheelTag, Sequence[str]]:
    """Return the members and the tag of a wheel whose artifacts are built."""
    from ferrule.wheel.layout import plan_layout

    build = compiled.build
    project = build.project
    layout = plan_layout(
        project.root,
        project.settings,
        [item.name for item in build.modules],
        distribution=project.metadata.distribution_name,
        manifest_dir=project.manifest_path.parent,
    )
    members = layout.members(project.metadata.file_version, compiled.out_dir_of)
    binaries: list[Path] = []
    for module in build.modules:
        library = compiled.library(module)
        path = layout.extension_path(module.name, module.abi.extension_suffix)
        members.append(Member(path, library, executable=True))
        binaries.append(library)
    scripts = program_members(compiled)
    members += scripts
    binaries += [item.source for item in scripts if isinstance(item.source, Path)]
    tag, notes = wheel_tag(build, binaries)
    return members, tag, notes


def program_members(compiled: CompiledBuild) -> list[Member]:
    """Return the Rust programs as members of the wheel's scripts folder."""
    metadata = compiled.build.project.metadata
    folder = f"{metadata.distribution_name}-{metadata.file_version}.data/scripts"
    members = []
    for program in compiled.build.programs:
        artifacts = compiled.results[program.key].artifacts
        for target, installed in program.scripts:
            source = next(item.path for item in artifacts if item.target == target)
            name = f"{folder}/{installed}{source.suffix}"
            members.append(Member(name, source, executable=True))
    return members


def wheel_tag(build: Build, binaries: Sequence[Path]) -> tuple[WheelTag, Sequence[str]]:
    """Return the tag of a wheel, and why it is not portable if it is not.

    The Python and ABI tags come from the most specific module; a program that
    embeds Python binds the wheel to its interpreter, one that does not fits
    every Python 3.
    """
    from ferrule.wheel.tags import WheelTag

    platforms, notes = _platforms(build, binaries)
    abis = [module.abi for module in build.modules]
    specific = [abi for abi in abis if abi.kind == "version"]
    if specific:
        return WheelTag(specific[0].python_tag, specific[0].abi_tag, platforms), notes
    if any(program.embeds_python for program in build.programs) and build.interpreter:
        from ferrule.python.abis import version_specific_abi

        abi = version_specific_abi(build.interpreter)
        return WheelTag(abi.python_tag, abi.abi_tag, platforms), notes
    if abis:
        # All floors must hold: the highest one is the wheel's.
        highest = max(abis, key=lambda abi: abi.version)
        return WheelTag(highest.python_tag, highest.abi_tag, platforms), notes
    return WheelTag("py3", "none", platforms), notes


def _platforms(
    build: Build, binaries: Sequence[Path]
) -> tuple[tuple[str, ...], Sequence[str]]:
    import sys

    if sys.platform != "linux":
        from ferrule.target.platform_tag import platform_tag

        return (platform_tag(build.interpreter),), ()
    from ferrule.audit.judgement import platform_tags

    wanted = build.project.settings.compatibility
    machine = ""
    if build.interpreter is not None and build.interpreter.platform.startswith(
        "linux-"
    ):
        machine = build.interpreter.platform.partition("-")[2]
    return platform_tags(binaries, wanted=wanted, machine=machine, env=build.env)
