"""The bills of materials of a wheel whose artifacts are built (PEP 770)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import __version__
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild

__all__ = ["sbom_members"]


def sbom_members(compiled: CompiledBuild, *, epoch: int | None) -> list[Member]:
    """Return the SBOMs of the compiled crates, and the project's own.

    Raises what `sbom_file_members` raises.
    """
    from ferrule.wheel.sbom_files import sbom_file_members

    project = compiled.build.project
    metadata = project.metadata
    folder = f"{metadata.distribution_name}-{metadata.file_version}.dist-info"
    sbom = project.settings.sbom
    members = sbom_file_members(sbom.include, project.root, folder)
    if sbom.rust:
        members += _crate_members(compiled, f"{folder}/sboms", epoch)
    return members


def _crate_members(
    compiled: CompiledBuild, folder: str, epoch: int | None
) -> list[Member]:
    """Return one CycloneDX file per crate that was compiled."""
    from ferrule.cargo.components import read_components
    from ferrule.wheel.sbom import crate_sbom

    metadata = compiled.build.project.metadata
    found: dict[str, Member] = {}
    for key in compiled.build.keys:
        path = f"{folder}/{key.crate.name}.cyclonedx.json"
        # A module and a program of one crate are compiled from the same packages.
        if path in found or not key.component_rows:
            continue
        content = crate_sbom(
            read_components(key.component_rows),
            distribution=metadata.distribution_name,
            version=metadata.version,
            kind="library" if key.kind == "library" else "application",
            tool_version=__version__,
            epoch=epoch,
        )
        found[path] = Member(path, content)
    return list(found.values())
