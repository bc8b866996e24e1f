"""A stable copy of a project that lies in a temporary folder.

cargo identifies crates by path and their freshness by modification time. The
mirror gives both a memory: it has one path per project and lock file, and a
file gets a new time only when its content changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ferrule import cache, log

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["Mirror", "open_mirror"]

_SKIPPED = frozenset([".git", ".hg", "__pycache__"])
_PRODUCTS = (".whl", ".tar.gz")
_CHECKSUMS = ".cargo-checksum.json"
"""The file that makes a folder a vendored crate."""
_SIZE_LIMIT_BYTES = 512 * 1024 * 1024
_UNUSED_S = 30 * 24 * 3600
"""After how long without use a mirror is removed."""


class Mirror:
    """A locked mirror; a context manager that fills it and holds the lock."""

    def __init__(
        self, source: Path, folder: Path, skipped: Collection[Path] = ()
    ) -> None:
        self.source = source
        self.folder = folder
        self.skipped = skipped
        self.root = folder / "src"
        self.build_directory = folder / "build"
        self._lock: int | None = None

    def __enter__(self) -> None:
        self._lock = _locked(self.folder / "lock")
        os.utime(self.folder)
        _synchronise(self.source, self.root, self.skipped)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)


def open_mirror(
    root: Path,
    manifest_path: Path,
    toolchain: Toolchain,
    *,
    env: Mapping[str, str],
    skipped: Collection[Path] = (),
) -> Mirror | None:
    """Return the mirror of a project, or None where one cannot serve.

    Its key is the lock file (the manifest of a project that has none), the
    package's name, the place of its manifest and the compiler. A project that
    refers to files above its root, or that is very large, has no mirror.
    `skipped` are folders that cargo does not need.
    """
    if root not in manifest_path.parents:
        return None
    lock = next(
        (
            folder / "Cargo.lock"
            for folder in (manifest_path.parent, *manifest_path.parent.parents)
            if (folder / "Cargo.lock").is_file()
        ),
        None,
    )
    if lock is not None and root not in (lock.parent, *lock.parent.parents):
        return None
    identity = manifest_path if lock is None else lock
    if _leaves_root(root) or _size(root, skipped) > _SIZE_LIMIT_BYTES:
        return None
    facts = [manifest_path.relative_to(root).as_posix(), toolchain.verbose_version]
    content = (
        "\n".join(facts).encode() + identity.read_bytes() + _package_name(manifest_path)
    )
    key = hashlib.sha256(content).hexdigest()[:24]
    folder = cache.folder(env, "builds")
    if folder is None:
        return None
    _remove_unused(folder)
    place = folder / key
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        log.debug(f"no build cache: {error}")
        return None
    return Mirror(root, place, skipped)


def _remove_unused(folder: Path) -> None:
    import time

    oldest = time.time() - _UNUSED_S
    for entry in sorted(folder.iterdir()):
        if not entry.is_symlink() and entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


def _package_name(manifest_path: Path) -> bytes:
    for line in manifest_path.read_bytes().splitlines():
        if line.startswith(b"name"):
            return line
    return b""


def _leaves_root(root: Path) -> bool:
    # `path = "../../x"` of a manifest may point above the mirrored folder.
    for manifest in _files(root, vendored=False):
        if manifest.name != "Cargo.toml":
            continue
        depth = len(manifest.relative_to(root).parts) - 1
        text = manifest.read_text(encoding="utf-8", errors="replace")
        if "../" * (depth + 1) in text:
            return True
    return False


def _files(
    root: Path, skipped: Collection[Path] = (), *, vendored: bool = True
) -> Iterator[Path]:
    """Yield the project's sources, with or without those of vendored crates."""
    crate = ""
    for folder, names, files in os.walk(root):
        names.sort()
        if crate and folder.startswith(crate + os.sep):
            inside = True
        else:
            inside = _CHECKSUMS in files
            crate = folder if inside else ""
        if inside and not vendored:
            names.clear()
            continue
        if not inside:
            names[:] = [
                name
                for name in names
                if not _is_skipped(folder, name) and Path(folder, name) not in skipped
            ]
        for name in sorted(files):
            # A product of an earlier build is no source: were it copied, a build
            # script that watches its whole folder would run again. In a vendored
            # crate cargo misses every file that its list of checksums names.
            if inside or not name.endswith(_PRODUCTS):
                yield Path(folder, name)


def _is_skipped(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    return (
        name in _SKIPPED
        or os.path.exists(os.path.join(path, "CACHEDIR.TAG"))
        or os.path.exists(os.path.join(path, "pyvenv.cfg"))
    )


def _size(root: Path, skipped: Collection[Path]) -> int:
    files = _files(root, skipped)
    return sum(path.stat().st_size for path in files if path.is_file())


def _synchronise(source: Path, target: Path, skipped: Collection[Path]) -> None:
    wanted = set()
    for path in _files(source, skipped):
        relative = path.relative_to(source)
        wanted.add(relative)
        _copy_if_changed(path, target / relative)
    for path in list(_files(target)):
        if path.relative_to(target) not in wanted:
            path.unlink()


def _copy_if_changed(source: Path, target: Path) -> None:
    if target.is_symlink():
        target.unlink()
    mode = source.stat().st_mode & 0o777
    try:
        same = target.stat().st_size == source.stat().st_size
        if same and target.read_bytes() == source.read_bytes():
            if target.stat().st_mode & 0o777 != mode:
                target.chmod(mode)
            return
    except OSError:
        target.parent.mkdir(parents=True, exist_ok=True)
    # A new time, not the source's: archives carry old ones, and cargo would
    # take an old changed file for one that it knows.
    shutil.copyfile(source, target)
    target.chmod(mode)


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            log.info("waiting for another build of this project")
            fcntl.flock(handle, fcntl.LOCK_EX)
    except ImportError:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    return handle
