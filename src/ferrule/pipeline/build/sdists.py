"""Building source distributions, and wheels from them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.pipeline.opening import open_project
from ferrule.pipeline.request import CRATE_VARIABLES
from ferrule.project.workspace import find_workspace_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ferrule.pipeline.build.wheels import BuiltWheel
    from ferrule.pipeline.request import Request
    from ferrule.sdist.vendoring import Vendoring
    from ferrule.settings.model import Settings

__all__ = ["build_source", "build_wheels_from_sdist"]


def build_source(request: Request, out_dir: Path | None) -> Path:
    """Build the sdist of a project into `out_dir` or `dist`; return its path."""
    from ferrule.cargo.metadata import ask_cargo, cargo_metadata
    from ferrule.pipeline.build.packing import set_product_time
    from ferrule.plan.context import cargo_arguments
    from ferrule.sdist.writer import build_sdist

    opened = open_project(replace(request, state="sdist"))
    opened.refuse_setup_py()
    settings = opened.settings(None)
    _hint_at_lock(opened.manifest_path(settings), settings)
    project = opened.project(None)
    metadata = project.metadata
    log.step(f"building the sdist of {metadata.name} {metadata.version}")
    arguments = cargo_arguments(settings)
    path = build_sdist(
        project,
        cargo_metadata(
            project.manifest_path, ["--all-features", *arguments], env=request.env
        ),
        out_dir or opened.default_out_dir,
        metadata_text=metadata.to_metadata_text(),
        distribution=metadata.distribution_name,
        version=metadata.file_version,
        run_cargo=lambda arguments, folder: ask_cargo(
            arguments, folder, env=request.env, manifest_path=folder / "Cargo.toml"
        ),
        epoch=request.epoch,
        vendoring=_vendoring(settings, opened.toolchain.host, arguments),
    )
    set_product_time(path, project)
    log.step(f"built {path.name}")
    return path


def _vendoring(
    settings: Settings, host: str, arguments: tuple[str, ...]
) -> Vendoring | None:
    if not settings.sdist_vendor:
        return None
    from ferrule.sdist.vendoring import Vendoring
    from ferrule.target.groups import expand_targets

    return Vendoring(expand_targets(settings.sdist_vendor_targets), host, arguments)


def _hint_at_lock(manifest: Path, settings: Settings) -> None:
    """Say that Cargo.lock is new: cargo is about to write it."""
    lock = find_workspace_root(manifest) / "Cargo.lock"
    if not (lock.is_file() or settings.locked or settings.frozen):
        log.warn(
            f"{lock} did not exist: the sdist gets one with the newest versions of "
            "today; keep it under version control, so that every build has the same"
        )


def build_wheels_from_sdist(
    request: Request, sdist: Path, out_dir: Path
) -> list[BuiltWheel]:
    """Unpack an sdist and build the wheels from it, as an installer would.

    Compiled crates are kept beside the project, so nothing but the project's
    own crates is compiled again.
    """
    import tempfile

    from ferrule.pipeline.build.wheels import build_wheels
    from ferrule.sdist.archive import unpack_sdist

    target_dir = str(open_project(request).target_directory)
    with tempfile.TemporaryDirectory(prefix="ferrule-sdist-") as folder:
        root = unpack_sdist(sdist, Path(folder))
        inner = replace(
            request,
            start=root,
            manifest_path=None,
            package=None,
            env=_without_crate(request.env),
            command_line={"target_dir": target_dir, **request.command_line},
        )
        return build_wheels(inner, Path(os.path.abspath(out_dir)))


def _without_crate(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without a choice that the sdist has recorded."""
    chosen = CRATE_VARIABLES.values()
    return {name: value for name, value in env.items() if name not in chosen}
