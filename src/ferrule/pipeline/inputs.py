"""The inputs of a build: every file whose change makes its products stale."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.editable.freshness import (
    folder_inputs,
    manifests_above,
    parse_dep_info,
    tool_files,
)

if TYPE_CHECKING:
    from ferrule.cargo.compile import Compiled, CompileKey
    from ferrule.pipeline.compiling import CompiledBuild

__all__ = ["build_inputs"]

_NO_RUST_INPUTS = (".py", ".pyc", ".pyi", ".so", ".pyd")


def build_inputs(compiled: CompiledBuild) -> tuple[Path, ...]:
    """Return the inputs of a build in a fixed order, without its own products.

    Some of them may not exist: their coming into being is a change too.
    """
    build = compiled.planned or compiled.build
    found: set[Path] = set()
    for key in dict.fromkeys(build.keys):
        found.update(_key_inputs(key, compiled.results.get(key)))
    for module in build.modules:
        if module.bindings == "cffi":
            found.add(module.key.crate.folder / "cbindgen.toml")
        if module.bindgen is not None:
            found.update(module.bindgen.config_files)
    home = build.env.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    found.add(Path(home, "config.toml"))
    root = build.project.root
    setup = [root / name for name in ("setup.py", "setup.cfg")]
    found.update([root / "pyproject.toml", *filter(Path.is_file, setup)])
    return tuple(sorted(found))


def _key_inputs(key: CompileKey, result: Compiled | None) -> set[Path]:
    folder = key.crate.folder
    sources = set(_named_sources(result)) if result else set()
    if not sources:  # a part that does not compile, or no dependency file
        sources = set(folder_inputs(folder, leave_out=_NO_RUST_INPUTS))
    if result:
        sources.update(_unnamed_sources(result, sources))
    products = [key.target_directory, key.build_directory or key.target_directory]
    prefixes = tuple(str(item) + os.sep for item in products)
    found = {item for item in sources if not str(item).startswith(prefixes)}
    found.add(key.crate.manifest_path)
    found.update(manifests_above(sorted(found)), tool_files(folder))
    found.update(_given_configs(key))
    return found


def _named_sources(result: Compiled) -> Iterator[Path]:
    """Yield what cargo's dependency files name; folders with all they hold."""
    folder = result.key.crate.folder
    for artifact in result.artifacts:
        try:
            text = artifact.path.with_suffix(".d").read_text("utf-8", "surrogateescape")
        except OSError:
            continue
        for name in parse_dep_info(text):
            path = _absolute(name, folder)
            if path.is_dir():
                yield from folder_inputs(path)
            else:
                yield path


def _absolute(name: str, folder: Path) -> Path:
    # Relative to `build.dep-info-basedir`, which is a folder above the crate.
    if os.path.isabs(name):
        return Path(name)
    candidates = [parent / name for parent in (folder, *folder.parents)]
    return next((item for item in candidates if item.exists()), candidates[0])


def _unnamed_sources(result: Compiled, sources: Iterable[Path]) -> Iterator[Path]:
    """Yield the files of crates whose build script names none.

    cargo runs such a script again whenever a file of the package changes (the
    Cargo Book, "Build Scripts", section "Change Detection").
    """
    scripts = [out.parent / "output" for out in result.run.out_dirs.values()]
    if all(_names_inputs(script) for script in scripts):
        return
    silent = {
        name
        for name, out in result.run.out_dirs.items()
        if not _names_inputs(out.parent / "output")
    }
    for manifest in manifests_above(sorted(sources)):
        if manifest.name == "Cargo.toml" and _package_name(manifest) in silent:
            yield from folder_inputs(manifest.parent, leave_out=_NO_RUST_INPUTS)


def _names_inputs(output: Path) -> bool:
    try:
        lines = output.read_bytes().splitlines()
    except OSError:
        return True
    starts = (b"cargo:rerun-if-", b"cargo::rerun-if-")
    return any(line.startswith(starts) for line in lines)


def _package_name(manifest: Path) -> str | None:
    from ferrule import toml

    try:
        package = toml.parse_toml(manifest.read_text("utf-8")).get("package", {})
    except (OSError, ValueError):
        return None
    name = package.get("name") if isinstance(package, dict) else None
    return name if isinstance(name, str) else None


def _given_configs(key: CompileKey) -> Iterator[Path]:
    for argument in key.arguments:
        name = argument.partition("--config=")[2]
        if name and (key.crate.folder / name).is_file():
            yield key.crate.folder / name
