"""Building editable wheels (PEP 660)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.editable.finder import finder_source, pth_source
from ferrule.pipeline.compiling import compile_build
from ferrule.pipeline.opening import open_project
from ferrule.pipeline.packing import program_members, wheel_tag, write_product
from ferrule.pipeline.placing import link_file, write_members
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
    ).with_packages(compiled.packages)
    modules = {**layout.moved_packages(), **_place_modules(compiled, layout)}
    finder = f"_ferrule_editable_{metadata.distribution_name}"
    members = layout.members(metadata.file_version, compiled.out_dir_of)
    members += _place_programs(compiled, layout)
    folders = [layout.python_dir] if layout.is_mixed else []
    folders += _place_packages(compiled, layout, modules)
    source = finder_source(metadata.name, modules)
    members.append(Member(f"{finder}.py", source.encode()))
    members.append(Member(f"{finder}.pth", pth_source(finder, folders).encode()))
    libraries = [compiled.library(item) for item in compiled.build.modules]
    tag, _ = wheel_tag(compiled.planned or build, libraries, is_local=True)
    path = write_product(build, members, tag, out_dir, epoch=request.epoch)
    log.step(f"built {path.name}")
    return path


def _place_programs(compiled: CompiledBuild, layout: Layout) -> list[Member]:
    """Return the programs to install; those inside of packages go there.

    Python code finds such a program beside itself, so it must lie in the source
    tree. A wheel never takes it from there.
    """
    paths = {path for item in compiled.build.programs for _, path in item.places}
    installed = []
    for member in program_members(compiled):
        name = member.path[: -len(".exe")] if member.path.endswith(".exe") else ""
        is_inside = layout.is_mixed and not paths.isdisjoint({member.path, name})
        if is_inside and isinstance(member.source, Path):
            link_file(member.source, layout.python_dir / member.path)
        else:
            installed.append(member)
    return installed


def _place_packages(
    compiled: CompiledBuild, layout: Layout, modules: dict[str, Path]
) -> list[Path]:
    """Write the generated packages below the target directory.

    Those inside of the project's own packages are added to `modules`; returned
    are the folders in which Python finds the others, namespaces included.
    """
    distribution = compiled.build.project.metadata.distribution_name
    places = {place.name: place for place in layout.modules}
    folders = []
    for module in compiled.build.modules:
        package = compiled.packages.get(module.name)
        if package is None:
            continue
        root = module.key.target_directory / "ferrule" / "editable" / distribution
        path = layout.package_path(module.name)
        write_members(package.members(path), root, link=True)
        if places[module.name].is_mixed:
            modules[path.replace("/", ".")] = root / path / "__init__.py"
        elif root not in folders:
            folders.append(root)
    return folders


def _place_modules(compiled: CompiledBuild, layout: Layout) -> dict[str, Path]:
    """Link the libraries under importable names, below the target directory."""
    placed = {}
    for module in compiled.build.modules:
        if module.is_package:
            continue
        key = module.key
        label = str(key.pyo3.slot) if key.pyo3 else "plain"
        archive_path = layout.extension_path(module.name, module.abi.extension_suffix)
        target = key.target_directory / "ferrule" / "editable" / label / archive_path
        link_file(compiled.library(module), target)
        name = archive_path[: -len(module.abi.extension_suffix)].replace("/", ".")
        placed[name] = target
    return placed
