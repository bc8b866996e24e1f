"""Building editable wheels (PEP 660)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.finder import finder_source, pth_source
from ferrule.pipeline.compiling import compile_build
from ferrule.pipeline.opening import open_project
from ferrule.pipeline.packing import program_members, wheel_tag, write_product
from ferrule.pipeline.wheels import plan_builds, wanted_profile
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.pipeline.request import Request
    from ferrule.wheel.layout import Layout

__all__ = ["build_editable_wheel"]


def build_editable_wheel(request: Request, out_dir: Path) -> Path:
    """Build the wheel of an editable install and return its path.

    The wheel holds the metadata, the entry points and a finder; modules stay
    in the target directory and Python packages where they are.
    """
    from ferrule.wheel.layout import plan_layout

    opened = open_project(request)
    build, names = plan_builds(opened)[0]
    project = build.project
    metadata = project.metadata
    log.step(
        f"building the editable wheel of {metadata.name} for {', '.join(names)} "
        f"({wanted_profile(opened, project.settings)} profile)"
    )
    compiled = compile_build(opened, build)
    layout = plan_layout(
        project.root,
        project.settings,
        [item.name for item in build.modules],
        distribution=metadata.distribution_name,
        manifest_dir=project.manifest_path.parent,
        editable=True,
    )
    modules = _place_modules(compiled, layout)
    finder = f"_ferrule_editable_{metadata.distribution_name}"
    members = layout.members(metadata.file_version, compiled.out_dir_of)
    members += program_members(compiled)
    source = finder_source(metadata.name, modules)
    members.append(Member(f"{finder}.py", source.encode()))
    pth = pth_source(finder, layout.python_dir if layout.is_mixed else None)
    members.append(Member(f"{finder}.pth", pth.encode()))
    tag, _ = wheel_tag(build, list(modules.values()))
    path = write_product(build, members, tag, out_dir, epoch=request.epoch)
    log.step(f"built {path.name}")
    return path


def _place_modules(compiled: CompiledBuild, layout: Layout) -> dict[str, Path]:
    """Link the libraries under importable names, below the target directory."""
    placed = {}
    for module in compiled.build.modules:
        key = module.key
        label = str(key.pyo3.slot) if key.pyo3 else "plain"
        archive_path = layout.extension_path(module.name, module.abi.extension_suffix)
        target = key.target_directory / "ferrule" / "editable" / label / archive_path
        _link(compiled.library(module), target)
        name = archive_path[: -len(module.abi.extension_suffix)].replace("/", ".")
        placed[name] = target
    return placed


def _link(source: Path, target: Path) -> None:
    # A new file each time: overwriting a library that a process has mapped
    # would crash that process.
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copy2(source, temporary)
    os.replace(temporary, target)
