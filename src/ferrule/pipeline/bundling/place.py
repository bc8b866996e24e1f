"""Where a bundle goes, and whether that may be: before anything is compiled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ferrule.bundle.onefile.stored import ends_with_payload
from ferrule.errors.bundle import BundleFolderError
from ferrule.errors.bundle_wishes import BundleWishesError
from ferrule.errors.files import ReadError
from ferrule.errors.settings import SettingConflictError
from ferrule.errors.usage import UsageError
from ferrule.pipeline.bundling.output import check_compressor, check_place

__all__ = ["ENDINGS", "BundleFormat", "Place", "choose_place", "format_of"]

BundleFormat = Literal["dir", "file", "tar.gz", "tar.zst", "zip"]
ENDINGS: Final[tuple[BundleFormat, ...]] = ("tar.gz", "tar.zst", "zip")
"""The formats that are archives: their names end so."""


@dataclass(frozen=True)
class Place:
    """The place of a bundle."""

    path: Path
    """The folder or file that will be there."""
    format: BundleFormat
    root: Path
    """The folder beside which it is written; its name is that of the top folder in an
    archive."""

    @property
    def is_archive(self) -> bool:
        """Return whether one file holds the folder."""
        return self.format in ENDINGS


def choose_place(
    out: str | None,
    wanted: BundleFormat | None,
    *,
    default: Path,
    name: str,
    target: str,
    env: Mapping[str, str],
) -> Place:
    """Return where a bundle goes.

    `out` is what the user wrote: the folder itself; the archive if it ends like one,
    or the folder for it; the program, or with a slash at the end the folder for it.
    `default` is the folder of products, `name` that of the program, `target` a triple.
    Raises `BundleFolderError` if something else is there, `BundleWishesError` for a
    contradiction, `UsageError` for no path, `ReadError` where nothing can be seen, and
    `CompressorMissingError`.
    """
    told = format_of(out)
    format_ = wanted or told
    if told in ENDINGS and format_ in ENDINGS and told != format_:
        fix = "name the file as its format ends"
        conflict = SettingConflictError(f"-o {out}", f"--format {format_}", fix=fix)
        raise BundleWishesError([conflict])
    if out is not None and (not out.strip() or "\0" in out):
        raise UsageError(f"-o names no path: {out!r}", fix="leave it out, or name one")
    if format_ == "tar.zst":
        check_compressor(env)
    try:
        place = _place(out, format_, default, name, target)
        _check(place)
    except OSError as error:
        raise ReadError(out or default, error) from error
    return place


def _check(place: Place) -> None:
    """Raise `BundleFolderError` if something else is in a place."""
    if place.format == "dir":
        check_place(place.path)
    elif place.path.is_dir():
        raise BundleFolderError(place.path, "it is a folder")
    elif place.format == "file" and place.path.exists() and not _is_bundle(place.path):
        raise BundleFolderError(place.path, "it is a file that is no bundle")
    _check_parents(place.path)


def format_of(out: str | None) -> BundleFormat:
    """Return the format that the name of an output asks for.

    >>> format_of("dist/app.tar.zst"), format_of("dist/app")
    ('tar.zst', 'dir')
    """
    for item in ENDINGS:
        if out is not None and out.endswith(f".{item}"):
            return item
    return "dir"


def _place(
    out: str | None, format_: BundleFormat, default: Path, name: str, target: str
) -> Place:
    path = default if out is None else Path(out)
    if ".." in path.parts:
        # Beside `x/..` would be in x, which need not even be there.
        path = (
            path.resolve() if path.name == ".." else path.parent.resolve() / path.name
        )
    is_folder = out is None or path.is_dir() or out.endswith(("/", os.sep))
    if format_ == "dir":
        path = (path / name if out is None else path).absolute()
        return Place(path, format_, path)
    if format_ == "file":
        path = (path / name if is_folder else path).absolute()
        return Place(path, format_, path)
    ending = f".{format_}"
    if is_folder or not path.name.endswith(ending):
        path = path / f"{name}-{target}{ending}"
    path = path.absolute()
    return Place(path, format_, path.with_name(path.name[: -len(ending)]))


def _check_parents(path: Path) -> None:
    """Raise `BundleFolderError` if a folder above cannot be made."""
    for above in path.parents:
        if above.is_dir():
            return
        if above.exists():
            raise BundleFolderError(path, f"{above} is a file")


def _is_bundle(path: Path) -> bool:
    try:
        return ends_with_payload(path)
    except OSError:
        return False
