"""The archive of a source distribution: same files, same bytes.

`write_archive` makes the tar.gz; `build_sdist` is the one entry of this
folder: it finds the files, rewrites the manifests and writes the archive.
Format: the Python packaging "source distribution" specification (PEP 625,
PEP 517, PEP 721).
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Union

from ferrule import atomic, log
from ferrule.errors.files import ReadError
from ferrule.errors.sdist import NoPyprojectError
from ferrule.sdist.cargo_config import clean_configs
from ferrule.sdist.closure import compute_closure
from ferrule.sdist.contents import collect_contents
from ferrule.sdist.layout import compute_layout
from ferrule.sdist.manifest import rewrite_manifests
from ferrule.sdist.pyproject import add_documents, rewrite_pyproject
from ferrule.sdist.resolution import check_resolution, prune_locks
from ferrule.sdist.vendoring import vendored

if TYPE_CHECKING:
    from ferrule.project.model import Project
    from ferrule.sdist.closure import RunCargo
    from ferrule.sdist.vendoring import Vendoring

__all__ = ["DEFAULT_EPOCH", "Source", "build_sdist", "write_archive"]

DEFAULT_EPOCH = 315532800
"""1980-01-01, the earliest time that every archive format can hold."""
_COMPRESSION = 6

Source = Union[Path, bytes]


def build_sdist(  # noqa: PLR0913 - every one of them is a fact from elsewhere
    project: Project,
    cargo_metadata: dict[str, Any],
    out_dir: Path,
    *,
    metadata_text: str,
    distribution: str,
    version: str,
    run_cargo: RunCargo,
    epoch: int | None = None,
    verify: bool = True,
    vendoring: Vendoring | None = None,
) -> Path:
    """Write `{distribution}-{version}.tar.gz` to `out_dir` and return its path.

    `cargo_metadata` is what `cargo metadata --format-version 1` says about the
    project's manifest, with dependencies; `metadata_text` becomes PKG-INFO;
    `epoch` is SOURCE_DATE_EPOCH. With `verify`, cargo reads the manifests of
    the archive before it is written; with `vendoring`, the crates that it needs
    are in the archive. Raises the errors of `ferrule.errors.sdist`, `ReadError`,
    `WriteError` and what `run_cargo` raises.
    """
    if project.pyproject is None:
        raise NoPyprojectError(project.root)
    closure = compute_closure(project, cargo_metadata, run_cargo)
    layout = compute_layout(project, closure)
    contents = collect_contents(layout, run_cargo, distribution, out_dir)
    add_documents(contents)
    manifests = rewrite_manifests(contents, run_cargo)
    members: dict[str, Source] = {**contents.files, **manifests}
    members["pyproject.toml"] = rewrite_pyproject(contents)
    prune_locks(layout, members, run_cargo)
    name = f"{distribution}-{version}"
    clean_configs(members)
    with vendored(layout, members, run_cargo, name, vendoring) as vendor_folder:
        if verify:
            check_resolution(layout, members, run_cargo, name, vendor_folder)
        members["PKG-INFO"] = metadata_text.encode("utf-8")
        path = out_dir / f"{name}.tar.gz"
        write_archive(path, members, top=name, epoch=epoch)
    log.debug(f"{path.name}: {len(members)} files")
    return path


def write_archive(
    path: Path, members: Mapping[str, Source], *, top: str, epoch: int | None = None
) -> None:
    """Write a tar.gz whose bytes depend on the members and the epoch alone.

    PKG-INFO comes first, then all names sorted; owners are nobody, modes 644
    or 755. Raises `ReadError` for a member and `WriteError` for the archive.
    """
    time = DEFAULT_EPOCH if epoch is None else epoch
    names = sorted(members, key=lambda name: (name != "PKG-INFO", name))
    with atomic.replacing(path) as stream:
        packed = gzip.GzipFile("", "wb", _COMPRESSION, stream, mtime=0)
        pax = tarfile.PAX_FORMAT
        with packed, tarfile.open(fileobj=packed, mode="w", format=pax) as archive:
            for name in names:
                info = tarfile.TarInfo(f"{top}/{name}")
                info.mtime = time
                _add(archive, info, members[name])


def _add(archive: tarfile.TarFile, info: tarfile.TarInfo, source: Source) -> None:
    if isinstance(source, bytes):
        info.size, info.mode = len(source), 0o644
        archive.addfile(info, io.BytesIO(source))
        return
    # The size comes from the open file: it is the one that gets packed.
    with _open(source) as stream:
        status = os.fstat(stream.fileno())
        info.size = status.st_size
        info.mode = 0o755 if status.st_mode & 0o100 else 0o644
        archive.addfile(info, stream)


def _open(path: Path) -> IO[bytes]:
    try:
        return open(path, "rb")
    except OSError as error:
        raise ReadError(path, error) from error
