"""Builds that a front end started, perhaps in a temporary folder.

pip and `python -m build` unpack an sdist into a folder that is new each time.
Such a build works in a mirror of that folder in the per-user cache: files
whose content did not change keep their time stamps there, so cargo finds
everything that an earlier build of the same project left.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__, log
from ferrule.cargo.mirror import Mirror, open_mirror
from ferrule.pipeline.build.packing import wheel_tag
from ferrule.pipeline.build.wheels import build_opened, plan_builds
from ferrule.pipeline.opening import OpenProject, open_project

if TYPE_CHECKING:
    from ferrule.pipeline.request import Request

__all__ = [
    "build_wheel_for_hook",
    "cached_location",
    "is_temporary",
    "prepare_metadata",
]


def build_wheel_for_hook(request: Request, out_dir: Path) -> Path:
    """Build the one wheel that a hook asks for and return its path."""
    with cached_location(request) as opened:
        return build_opened(opened, out_dir)[0].path


def prepare_metadata(request: Request, folder: Path) -> Path:
    """Write the dist-info folder of the wheel; return its path."""
    from ferrule.wheel.deflate import find_compression
    from ferrule.wheel.writer import wheel_text, write_dist_info

    opened = open_project(request)
    build, _ = plan_builds(opened)[0]
    settings = build.project.settings
    metadata = build.project.metadata
    name = f"{metadata.distribution_name}-{metadata.file_version}.dist-info"
    tag = wheel_tag(build, {}, is_local=True)[0] if request.is_hook else None
    compression = find_compression(settings.compression, settings.compression_level)
    write_dist_info(
        folder / name,
        metadata_text=metadata.to_metadata_text(),
        entry_points_text=metadata.entry_points_text(),
        license_files=metadata.license_files,
        wheel=wheel_text(tag, f"ferrule {__version__}", compression),
    )
    return folder / name


@contextmanager
def cached_location(request: Request) -> Iterator[OpenProject]:
    """Open the project where its compiled crates are kept.

    That is the project itself, or its mirror when it lies in a temporary
    folder and `build-cache` allows it.
    """
    opened = open_project(request)
    choice = opened.settings(request.interpreter).build_cache
    root = opened.location.root
    if choice == "never" or (choice == "auto" and not is_temporary(root)):
        yield opened
        return
    mirror = open_mirror(
        root, opened.location.manifest_path, opened.toolchain, env=request.env
    )
    if mirror is None:
        yield opened
        return
    with mirror:
        log.info(f"compiled crates are kept in {mirror.build_directory}")
        yield _inside(opened, mirror)


def _inside(opened: OpenProject, mirror: Mirror) -> OpenProject:
    request = replace(opened.request, start=mirror.root)
    inner = open_project(request)
    inner.build_directory = mirror.build_directory
    return inner


def is_temporary(root: Path) -> bool:
    """Return whether a folder is one that a front end made for one build."""
    temporary = Path(os.path.realpath(tempfile.gettempdir()))
    return temporary in Path(os.path.realpath(root)).parents
