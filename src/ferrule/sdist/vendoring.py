"""Packing the crates of registries and git repositories.

`cargo vendor` writes them into a folder, with a configuration that replaces
their sources by it. Crates that no wanted target compiles leave only their
manifest behind, since cargo reads those of the whole lock file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import log
from ferrule.errors import FerruleError
from ferrule.errors.sdist import VendorError
from ferrule.records import dataclass
from ferrule.sdist.cargo_config import VENDOR_FOLDER, merge_sources
from ferrule.sdist.listing import walk_everything
from ferrule.sdist.resolution import skeleton
from ferrule.sdist.sources import find_sources, is_cargo_config
from ferrule.toml_text import parse

if TYPE_CHECKING:
    from ferrule.sdist.closure import RunCargo
    from ferrule.sdist.layout import Layout
    from ferrule.sdist.resolution import Members

__all__ = ["Vendoring", "needed_packages", "vendored", "write_stub"]

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Vendoring:
    """How crates are vendored."""

    targets: tuple[str, ...] = ()
    """Triples whose crates are wanted; every target's when empty."""
    host: str = ""
    """Triple of this machine, for which build scripts are compiled."""
    arguments: tuple[str, ...] = ()
    """Arguments that every cargo command gets."""


@contextmanager
def vendored(
    layout: Layout,
    members: Members,
    run_cargo: RunCargo,
    name: str,
    vendoring: Vendoring | None,
) -> Iterator[Path | None]:
    """Add the crates of the lock files to `members`; yield their folder.

    The folder is temporary. None is yielded where nothing is to be done: without
    `vendoring`, without dependencies, or in a project that has its crates
    already. Raises `VendorError`.
    """
    if vendoring is None or _has_sources(members):
        yield None
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ferrule-vendor-") as temporary:
        folder = Path(temporary, "crates")
        work = _Work(layout, members, run_cargo, vendoring, folder)
        try:
            found = work.run()
        except FerruleError as error:
            raise VendorError(name, str(error)) from error
        yield folder if found else None


def _has_sources(members: Members) -> bool:
    configs = {
        name: source if isinstance(source, bytes) else source.read_bytes()
        for name, source in members.items()
        if is_cargo_config(name)
    }
    sources = find_sources(configs)
    for source in sources:
        if any(name.startswith(f"{source}/") for name in members):
            log.info(f"the crates are in {source} already")
            return True
    return False


@dataclass(frozen=True)
class _Work:
    layout: Layout
    members: Members
    run_cargo: RunCargo
    vendoring: Vendoring
    folder: Path

    def run(self) -> bool:
        """Vendor, and return whether there were crates to vendor."""
        with skeleton(self.layout, self.members) as root:
            sources = self._vendor(self._manifests(root))
            self._keep_locks(root)
        if not sources:
            log.info("there is no crate to vendor")
            return False
        merge_sources(self.members, sources, self.layout.closure)
        left_out = self._left_out() if self.vendoring.targets else set()
        for crate in sorted(left_out):
            _leave_out(crate, self.vendoring.targets)
        self._add_files()
        count = sum(1 for _ in self.folder.iterdir())
        self._report(count - len(left_out), len(left_out))
        return True

    def _manifests(self, root: Path) -> list[Path]:
        names = [
            self.layout.name_of(workspace.manifest)
            for workspace in self.layout.closure.workspaces
        ]
        return [root / str(name) for name in names]

    def _vendor(self, manifests: Sequence[Path]) -> dict[str, Any]:
        argv = ["vendor", "--versioned-dirs", "--respect-source-config"]
        argv += ["--manifest-path", str(manifests[0])]
        argv += [f"--sync={manifest}" for manifest in manifests[1:]]
        argv += [*self.vendoring.arguments, str(self.folder)]
        # From the project's folder: its configuration names other registries.
        text = self.run_cargo(argv, self.layout.main_manifest.parent)
        sources: dict[str, Any] = parse(text).get("source", {}) if text.strip() else {}
        return sources if self.folder.is_dir() else {}

    def _keep_locks(self, root: Path) -> None:
        """Pack the lock files that the crates were taken from."""
        for workspace in self.layout.closure.workspaces:
            name = self.layout.name_of(workspace.root / "Cargo.lock")
            path = root / str(name)
            if path.is_file():
                content = path.read_bytes()
                old = self.members.get(str(name), b"")
                if content != (old if isinstance(old, bytes) else old.read_bytes()):
                    self.members[str(name)] = content

    def _left_out(self) -> set[Path]:
        """Return the folders of the crates that no wanted target compiles."""
        everything: dict[str, Path] = {}
        needed: set[str] = set()
        with skeleton(self.layout, self.members, self.folder) as root:
            for manifest in self._manifests(root):
                every = self._ask(manifest, ())
                everything.update(
                    (item["id"], Path(item["manifest_path"]).parent)
                    for item in every["packages"]
                    if item["source"] is not None
                )
                wanted = self._ask(manifest, self.vendoring.targets)
                host = self._ask(manifest, [self.vendoring.host])
                needed |= needed_packages(every, wanted, host)
        kept = {everything[item] for item in needed if item in everything}
        return set(everything.values()) - kept

    def _ask(self, manifest: Path, targets: Sequence[str]) -> dict[str, Any]:
        argv = ["metadata", "--format-version=1", "--all-features", "--offline"]
        argv += ["--locked", f"--manifest-path={manifest}"]
        argv += [f"--filter-platform={target}" for target in targets]
        answer: dict[str, Any] = json.loads(self.run_cargo(argv, manifest.parent))
        return answer

    def _add_files(self) -> None:
        for path in walk_everything(self.folder):
            name = path.relative_to(self.folder).as_posix()
            self.members[f"{VENDOR_FOLDER}/{name}"] = path

    def _report(self, count: int, left_out: int) -> None:
        size = sum(path.stat().st_size for path in walk_everything(self.folder))
        noun = "crate" if count == 1 else "crates"
        text = f"vendored {count} {noun}, {size / _MEGABYTE:.1f} MB"
        if left_out:
            text += f"; {left_out} of other targets are left out"
        log.step(text)


def needed_packages(
    every: dict[str, Any], wanted: dict[str, Any], host: dict[str, Any]
) -> set[str]:
    """Return the ids of the packages that the wanted targets compile.

    The arguments are answers of `cargo metadata` for all targets, for the
    wanted ones and for this machine. What build scripts and procedural macros
    use runs on the building machine: on this one, or on one of the wanted.
    """
    is_macro = {
        item["id"]: any("proc-macro" in target["kind"] for target in item["targets"])
        for item in every["packages"]
    }
    edges = _edges(wanted)
    host_edges = _edges(host)
    queue = [(item, False) for item in every["workspace_members"]]
    seen: set[tuple[str, bool]] = set()
    while queue:
        step = queue.pop()
        if step in seen:
            continue
        seen.add(step)
        package, on_host = step
        on_host = on_host or is_macro.get(package, False)
        for name, is_build in edges.get(package, ()):
            queue.append((name, on_host or is_build))
        for name, is_build in host_edges.get(package, ()):
            if on_host or is_build:
                queue.append((name, True))
    return {package for package, _ in seen}


def _edges(metadata: dict[str, Any]) -> dict[str, list[tuple[str, bool]]]:
    return {
        node["id"]: [
            (item["pkg"], kind["kind"] == "build")
            for item in node["deps"]
            for kind in item["dep_kinds"]
        ]
        for node in metadata["resolve"]["nodes"]
    }


def _leave_out(folder: Path, targets: Sequence[str]) -> None:
    write_stub(folder, lambda crate: _refusal(crate, targets))


def _refusal(crate: str, targets: Sequence[str]) -> str:
    text = (
        f"{crate} is not part of this source distribution, which was made for the "
        f"targets {', '.join(targets)}"
    )
    return f"compile_error!({json.dumps(text)});\n"


def write_stub(folder: Path, refusal: Callable[[str], str]) -> None:
    """Reduce a vendored crate to what cargo reads without compiling it.

    The manifest stays as it is: cargo compares its dependencies with the lock
    file. `refusal` makes the Rust source that stands for the crate's.
    """
    import hashlib
    import shutil

    from ferrule import atomic

    manifest = (folder / "Cargo.toml").read_bytes()
    document = parse(manifest.decode("utf-8"))
    checksum = json.loads((folder / ".cargo-checksum.json").read_bytes())
    sources = _source_paths(folder, document)
    shutil.rmtree(folder)
    content = refusal(folder.name).encode("utf-8")
    files = {"Cargo.toml": manifest, **dict.fromkeys(sources, content)}
    for name, data in files.items():
        atomic.write_bytes(folder / name, data)
    checksum["files"] = {
        name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())
    }
    text = json.dumps(checksum, separators=(",", ":"))
    atomic.write_text(folder / ".cargo-checksum.json", text)


def _source_paths(folder: Path, document: dict[str, Any]) -> list[str]:
    """Return the sources that cargo looks for when it reads the manifest."""
    targets = [document.get("lib", {})]
    for kind in ("bin", "example", "test", "bench"):
        targets += document.get(kind, ())
    found = {str(item["path"]) for item in targets if "path" in item}
    build = document.get("package", {}).get("build")
    found.update(build if isinstance(build, list) else [str(build)])
    for path in walk_everything(folder):
        name = path.relative_to(folder).as_posix()
        parts = name.split("/")
        # Where cargo looks by itself.
        if name in ("build.rs", "src/lib.rs", "src/main.rs") or (
            name.endswith(".rs")
            and (parts[0] in ("benches", "examples", "tests") or parts[1:2] == ["bin"])
        ):
            found.add(name)
    return sorted(item for item in found if (folder / item).is_file())
