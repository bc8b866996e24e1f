"""The Rust files of an sdist that setuptools makes, and crates packed with it.

MANIFEST.in usually says nothing about Rust, or forgets Cargo.lock; without these
files nobody can build the sdist. What MANIFEST.in leaves out on purpose stays out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic, log
from ferrule.cargo.config_toml import without_section
from ferrule.errors import FerruleError

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.setuptools.extension import RustExtension

__all__ = ["clean_configuration", "complete_files", "vendor_crates"]

_NEEDED_NAMES = ("Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml")
_CARGO_CONFIG = (".cargo/config.toml", ".cargo/config")
_EXCLUDING = ("exclude", "recursive-exclude", "global-exclude", "prune")


def complete_files(
    files: Sequence[str], extensions: Sequence[RustExtension]
) -> list[str]:
    """Return the files of an sdist, with what cargo reads and without products."""
    from ferrule.setuptools.placement import is_module_file

    root = Path.cwd()
    modules = [
        place.rpartition(".")[2]
        for item in extensions
        for place in item.target.values()
    ]
    kept = [
        name
        for name in files
        if not any(is_module_file(os.path.basename(name), item) for item in modules)
    ]
    found: dict[str, None] = {}
    for extension in extensions:
        for path in _rust_files(extension, root):
            found.setdefault(os.path.relpath(path, root))
    known = {os.path.normpath(name) for name in kept}
    added = [name for name in _not_excluded(list(found), root) if name not in known]
    return [*kept, *sorted(added)]


def _rust_files(extension: RustExtension, root: Path) -> Iterator[Path]:
    folders, tops, target = _crate_folders(extension, root)
    for folder in sorted(folders):
        if not _is_inside(folder, root):
            log.warn(
                f"the sdist cannot hold {folder}, which {extension.path} needs: it is "
                "outside of the project"
            )
            continue
        yield from _crate_files(folder, root, target)
    for base in tops:
        for name in (*_NEEDED_NAMES, *_CARGO_CONFIG):
            path = base / name
            if path.is_file() and _is_inside(path, root):
                yield path


def _crate_folders(
    extension: RustExtension, root: Path
) -> tuple[set[Path], list[Path], Path]:
    """Return the crates' folders, those with files for all, the target folder."""
    try:
        graph = _graph(extension, root)
    except FerruleError as error:
        log.warn(f"only the crate of {extension.path} is packed, because {error.what}")
        folder = Path(os.path.normpath(root / extension.path)).parent
        found = {folder} if folder.is_dir() else set()
        return found, [folder, root], folder / "target"
    # A workspace's manifest names its members: cargo wants all of them.
    folders = {item.folder for item in graph.crates}
    return folders, [graph.workspace_root, root], graph.target_directory


def _crate_files(folder: Path, root: Path, target: Path) -> Iterator[Path]:
    from ferrule.sdist.listing import walk_folder

    skip = {folder / "target", target, root / "build", root / "dist"}
    shared = folder == root or (folder / "__init__.py").is_file()
    for path in walk_folder(folder, skip=skip, boundary=root, is_crate=True):
        # Beside Python code only what is Rust for certain; in a folder of its own
        # a crate may need anything (`include_str!`, C sources, build scripts).
        is_rust = path.suffix == ".rs" or path.name in _NEEDED_NAMES
        if is_rust or (not shared and path.suffix not in (".pyc", ".so", ".pyd")):
            yield path


def _graph(extension: RustExtension, root: Path) -> Graph:
    from ferrule.cargo.graph import FeatureSelection, read_graph
    from ferrule.cargo.toolchain import identify_toolchain

    env = {**os.environ, **extension.variables}
    manifest = Path(os.path.normpath(root / extension.path))
    return read_graph(
        manifest,
        FeatureSelection(),
        identify_toolchain(env, root),
        arguments=extension.cargo_manifest_args,
        env=env,
    )


def _is_inside(path: Path, root: Path) -> bool:
    return path == root or root in path.parents


def _not_excluded(names: list[str], root: Path) -> list[str]:
    """Return what the excluding lines of MANIFEST.in leave over."""
    manifest = root / "MANIFEST.in"
    if not manifest.is_file():
        return names
    from setuptools.command.egg_info import FileList

    listed = FileList()
    listed.files = names
    for line in manifest.read_text(encoding="utf-8").splitlines():
        if line.split(" ", 1)[0] in _EXCLUDING:
            listed.process_template_line(line)
    left: list[str] = listed.files
    return left


def vendor_crates(folder: Path, extensions: Sequence[RustExtension]) -> None:
    """Put every crate from registries and git into `folder`, with a configuration.

    The configuration is the one that `cargo vendor` prints, so crates from git are
    found as well. Raises what `ask_cargo` raises.
    """
    from ferrule.cargo.metadata import ask_cargo
    from ferrule.toml_text import edit, parse

    root = Path.cwd()
    vendored = folder.absolute() / ".cargo" / "vendor"
    first, *others = list(dict.fromkeys(item.path for item in extensions))
    words = ["vendor", f"--manifest-path={root / first}"]
    words += [f"--sync={root / path}" for path in others]
    words += sorted({word for item in extensions for word in item.cargo_manifest_args})
    env = dict(os.environ)
    for item in extensions:
        env.update(item.variables)
    printed = ask_cargo(
        [*words, str(vendored)], root, env=env, manifest_path=root / first
    )
    sources = {
        name: {"directory": ".cargo/vendor"} if "directory" in entry else entry
        for name, entry in parse(printed).get("source", {}).items()
    }
    path = _configuration(folder)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    new = parse(text)
    new["source"] = {**new.get("source", {}), **sources}
    _replace(path, edit(text, new).lstrip("\n"))


def clean_configuration(folder: Path) -> None:
    """Take the lines of `ferrule env --write` out of a packed configuration.

    They name files of this machine.
    """
    path = _configuration(folder)
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    clean = without_section(text)
    if clean != text:
        _replace(path, clean)


def _configuration(folder: Path) -> Path:
    paths = [folder / name for name in _CARGO_CONFIG]
    return next((path for path in paths if path.is_file()), paths[0])


def _replace(path: Path, text: str) -> None:
    # setuptools links files into the tree that it packs: the original stays.
    path.unlink(missing_ok=True)
    if text.strip():
        atomic.write_text(path, text)
