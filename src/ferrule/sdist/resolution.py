"""Asking cargo whether the archive's manifests and lock files fit together.

Cargo reads a skeleton of the archive in a temporary folder: its manifests and
lock files, and empty source files. So nothing is compiled or downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.sdist import UnresolvableError
from ferrule.sdist.cargo_config import VENDOR_FOLDER
from ferrule.sdist.sources import find_sources, is_cargo_config, place_sources
from ferrule.toml_text import parse

if TYPE_CHECKING:
    from ferrule.sdist.closure import RunCargo, Workspace
    from ferrule.sdist.layout import Layout

    Members = dict[str, Union[Path, bytes]]

__all__ = ["check_resolution", "prune_locks", "skeleton"]


def read_member(members: Mapping[str, Path | bytes], name: str) -> bytes:
    """Return the content that a member will have in the archive."""
    source = members[name]
    return source if isinstance(source, bytes) else source.read_bytes()


@contextmanager
def skeleton(
    layout: Layout, members: Members, vendor_folder: Path | None = None
) -> Iterator[Path]:
    """Write what cargo reads of the archive into a temporary folder; yield it.

    Folders of vendored crates are not copied: cargo's configuration names their
    place on this machine, which is `vendor_folder` for those that ferrule
    vendored.
    """
    import tempfile

    sources = {
        target["src_path"]
        for crate in layout.closure.crates
        for target in crate.package["targets"]
    }
    configs = {
        name: read_member(members, name) for name in members if is_cargo_config(name)
    }
    vendored = tuple(f"{name}/" for name in find_sources(configs))

    def place(name: str) -> Path:
        if vendor_folder is not None and name == VENDOR_FOLDER:
            return vendor_folder
        return layout.top / name

    with tempfile.TemporaryDirectory(prefix="ferrule-sdist-") as name:
        # A folder without a workspace above it, wherever TMPDIR points to.
        for member, source in members.items():
            if member.startswith(vendored):
                continue
            target = Path(name, member)
            base = target.name
            if member in configs:
                content = place_sources(member, configs[member], place)
            elif base in ("Cargo.toml", "Cargo.lock"):
                content = read_member(members, member)
            elif base.endswith(".rs") or str(source) in sources:
                content = b""
            else:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        yield Path(name)


def prune_locks(layout: Layout, members: Members, run_cargo: RunCargo) -> None:
    """Remove from each Cargo.lock what only members that stay behind need.

    Without this, `--locked` refuses the archive, and the first build in it
    changes the file. Cargo itself does it, offline; where it cannot, the lock
    file stays as it is.
    """
    stale = [
        (workspace, name)
        for workspace in layout.closure.workspaces
        for name in [layout.name_of(workspace.root / "Cargo.lock")]
        if name in members and _is_stale(layout, members, str(name))
    ]
    if not stale:
        return
    with skeleton(layout, members) as folder:
        for workspace, name in stale:
            manifest = _manifest_in(layout, workspace, folder)
            argv = ["update", "--workspace", "--offline", "--quiet"]
            argv += ["--manifest-path", str(manifest)]
            try:
                run_cargo(argv, manifest.parent)
            except FerruleError as error:
                log.warn(
                    f"{name} keeps packages that the sdist does not need, so builds "
                    f"with --locked will refuse it ({error.what})"
                )
            else:
                members[str(name)] = (folder / str(name)).read_bytes()


def _is_stale(layout: Layout, members: Members, name: str) -> bool:
    lock = parse(read_member(members, name).decode("utf-8-sig"))
    known = {crate.name for crate in layout.closure.crates}
    return any(
        "source" not in package and package["name"] not in known
        for package in lock.get("package", ())
    )


def _manifest_in(layout: Layout, workspace: Workspace, folder: Path) -> Path:
    return folder / str(layout.name_of(workspace.manifest))


def check_resolution(
    layout: Layout,
    members: Members,
    run_cargo: RunCargo,
    name: str,
    vendor_folder: Path | None = None,
) -> None:
    """Let cargo resolve the archive's manifests; raises `UnresolvableError`.

    Offline: what is not on this machine cannot be judged and only warns. With
    vendored crates, which are in `vendor_folder`, nothing may be missing.
    """
    argv = ["metadata", "--format-version", "1", "--offline"]
    with skeleton(layout, members, vendor_folder) as folder:
        for workspace in layout.closure.workspaces:
            lock = layout.name_of(workspace.root / "Cargo.lock")
            locked = ["--locked"] if lock in members else []
            manifest = _manifest_in(layout, workspace, folder)
            path = ["--manifest-path", str(manifest)]
            try:
                run_cargo([*argv, *locked, *path], manifest.parent)
            except FerruleError as error:
                message = str(error).replace(f"{folder}/", "")
                if vendor_folder is None and "offline" in message.lower():
                    log.warn(f"{name} is not verified: cargo would need the network")
                    continue
                raise UnresolvableError(name, message) from error
