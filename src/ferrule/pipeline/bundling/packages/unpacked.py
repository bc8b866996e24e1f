"""The files of a wheel, kept unpacked under the digest of the wheel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.packages import (
    Package,
    PackageFile,
    metadata_field,
    place_wheel_file,
)
from ferrule.pipeline.bundling.store import finished_folder, is_kept
from ferrule.wheel.content import compute_sha256

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["unpacked_wheel"]


def unpacked_wheel(path: Path, store: Path) -> Package:
    """Return the files of a wheel, unpacked below `store` unless that was done.

    Their hashes are those of RECORD. Raises a `BrokenWheelError`.
    """
    from ferrule.wheel.reading import open_wheel

    digest = compute_sha256(path)
    folder = store / digest
    with open_wheel(path) as wheel:
        placed = {
            name: place
            for name in wheel.entries
            if (place := place_wheel_file(name, wheel.dist_info)) is not None
        }
        if not is_kept(folder):
            _check_hashes(wheel)
            _unpack(wheel, placed, folder)
        text = wheel.metadata_text
    name, version = metadata_field(text, "Name"), metadata_field(text, "Version")
    files = tuple(
        PackageFile(root, below, folder / root / below)
        for root, below in sorted(placed.values())
    )
    licence = metadata_field(text, "License-Expression")
    licence = licence or metadata_field(text, "License")
    return Package(name, version, digest, files, licence)


def _check_hashes(wheel: OpenedWheel) -> None:
    from ferrule.errors.wheel_file import WrongRecordError
    from ferrule.wheel.record_reading import record_problems

    wrong = [
        f"{item.path}: {item.what}"
        for item in record_problems(wheel)
        if item.kind in ("hash", "size")
    ]
    if wrong:
        raise WrongRecordError(wheel.path, wrong)


def _unpack(
    wheel: OpenedWheel, placed: Mapping[str, tuple[str, str]], folder: Path
) -> None:
    with finished_folder(folder) as part:
        for name, (root, below) in placed.items():
            target = part / root / below
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as stream:
                stream.write(wheel.content(name))
