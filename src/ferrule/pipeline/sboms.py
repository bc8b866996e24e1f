"""The bills of materials of a wheel whose artifacts are built (PEP 770)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import __version__
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild

__all__ = ["crate_sbom_members"]


def crate_sbom_members(compiled: CompiledBuild, *, epoch: int | None) -> list[Member]:
    """Return one CycloneDX file per crate that was compiled.

    Nothing when the setting `sbom.rust` is off.
    """
    from ferrule.cargo.components import read_components
    from ferrule.wheel.sbom import crate_sbom

    project = compiled.build.project
    if not project.settings.sbom.rust:
        return []
    metadata = project.metadata
    name = f"{metadata.distribution_name}-{metadata.file_version}.dist-info/sboms"
    found: dict[str, Member] = {}
    for key in compiled.build.keys:
        if not key.component_rows:
            continue
        content = crate_sbom(
            read_components(key.component_rows),
            distribution=metadata.distribution_name,
            version=metadata.version,
            kind="library" if key.kind == "library" else "application",
            tool_version=__version__,
            epoch=epoch,
        )
        path = f"{name}/{key.crate.name}.cyclonedx.json"
        # A module and a program of one crate are compiled from the same packages.
        found.setdefault(path, Member(path, content))
    return list(found.values())
