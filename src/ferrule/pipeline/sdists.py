"""Building source distributions, and wheels from them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.pipeline.opening import open_project

if TYPE_CHECKING:
    from ferrule.pipeline.request import Request
    from ferrule.pipeline.wheels import BuiltWheel

__all__ = ["build_source", "build_wheels_from_sdist"]


def build_source(request: Request, out_dir: Path | None) -> Path:
    """Build the sdist of a project into `out_dir` or `dist`; return its path."""
    from ferrule.cargo.graph import ask_cargo, cargo_metadata
    from ferrule.pipeline.packing import set_product_time
    from ferrule.sdist.writer import build_sdist

    opened = open_project(replace(request, state="sdist"))
    project = opened.project(None)
    metadata = project.metadata
    log.step(f"building the sdist of {metadata.name} {metadata.version}")
    path = build_sdist(
        project,
        cargo_metadata(project.manifest_path, ["--all-features"], env=request.env),
        out_dir or opened.default_out_dir,
        metadata_text=metadata.to_metadata_text(),
        distribution=metadata.distribution_name,
        version=metadata.file_version,
        run_cargo=lambda arguments, folder: ask_cargo(
            arguments, folder, env=request.env, manifest_path=folder / "Cargo.toml"
        ),
        epoch=request.epoch,
    )
    set_product_time(path, project)
    log.step(f"built {path.name}")
    return path


def build_wheels_from_sdist(
    request: Request, sdist: Path, out_dir: Path
) -> list[BuiltWheel]:
    """Unpack an sdist and build the wheels from it, as an installer would.

    Compiled crates are kept beside the project, so nothing but the project's
    own crates is compiled again.
    """
    import tempfile

    from ferrule.pipeline.wheels import build_wheels
    from ferrule.sdist.archive import unpack_sdist

    target_dir = str(open_project(request).target_directory)
    with tempfile.TemporaryDirectory(prefix="ferrule-sdist-") as folder:
        root = unpack_sdist(sdist, Path(folder))
        inner = replace(
            request,
            start=root,
            manifest_path=None,
            command_line={"target_dir": target_dir, **request.command_line},
        )
        return build_wheels(inner, Path(os.path.abspath(out_dir)))
