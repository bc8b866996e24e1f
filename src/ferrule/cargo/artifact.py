"""What cargo reports about one run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import Any

from ferrule.cargo.package_id import package_name
from ferrule.records import dataclass

__all__ = ["Artifact", "CargoRun", "package_name", "read_messages"]

_IMPORT_SUFFIXES = (".dll.lib", ".dll.a")
_LIBRARY_SUFFIXES = (".so", ".dylib", ".dll", ".wasm")


@dataclass(frozen=True)
class Artifact:
    """A file that cargo built."""

    package_id: str
    target: str
    """Name of the cargo target."""
    path: Path
    is_library: bool
    import_libraries: tuple[Path, ...] = ()
    """What other programs for Windows link to, to call into a library."""


@dataclass
class CargoRun:
    """The result of one cargo process."""

    artifacts: list[Artifact] = field(default_factory=list)
    compiled: list[str] = field(default_factory=list)
    """Targets that were compiled, as `package:target`; build scripts too."""
    fresh: int = 0
    """Number of targets that were up to date."""
    out_dirs: dict[str, Path] = field(default_factory=dict)
    """`OUT_DIR` of build scripts, by package name."""
    link_paths: list[Path] = field(default_factory=list)
    """Folders of native libraries that build scripts named, each once."""
    crates: dict[Path, str] = field(default_factory=dict)
    """The Rust libraries that were made: file and package name."""
    printed: list[str] = field(default_factory=list)
    """What rustc itself printed, for example for `--print=link-args`; nothing where
    all was up to date."""


def read_messages(lines: Iterable[bytes]) -> CargoRun:
    """Read cargo's JSON messages (`--message-format=json*`)."""
    import json

    run = CargoRun()
    for line in lines:
        if not line.startswith(b"{"):
            run.printed.append(line.decode("utf-8", "replace"))
            continue
        message = json.loads(line)
        if message["reason"] == "compiler-artifact":
            _read_artifact(run, message)
        elif message["reason"] == "build-script-executed":
            name = package_name(message["package_id"])
            run.out_dirs[name] = Path(message["out_dir"])
            _read_link_paths(run, message.get("linked_paths", ()))
    return run


def _read_link_paths(run: CargoRun, texts: Iterable[str]) -> None:
    """Add the folders of `cargo::rustc-link-search=KIND=PATH`."""
    for text in texts:
        kind, separator, path = text.partition("=")
        if kind in ("crate", "dependency"):
            continue
        is_kind = separator and kind in ("native", "framework", "all")
        folder = Path(path if is_kind else text)
        if folder not in run.link_paths:
            run.link_paths.append(folder)


def _read_artifact(run: CargoRun, message: dict[str, Any]) -> None:
    target = message["target"]
    package = message["package_id"]
    if message["fresh"]:
        run.fresh += 1
    else:
        run.compiled.append(f"{package_name(package)}:{target['name']}")
    kinds = target["kind"]
    if "proc-macro" in kinds or "custom-build" in kinds:
        return
    if message["executable"] is not None and "bin" in kinds:
        path = Path(message["executable"])
        run.artifacts.append(Artifact(package, target["name"], path, is_library=False))
        return
    names = message["filenames"]
    if "lib" in kinds or "rlib" in kinds:
        for name in names:
            if name.endswith(".rlib"):
                run.crates[Path(name)] = package_name(package)
    imports = tuple(Path(name) for name in names if name.endswith(_IMPORT_SUFFIXES))
    for name in names:
        if name.endswith(_LIBRARY_SUFFIXES):
            run.artifacts.append(
                Artifact(
                    package,
                    target["name"],
                    Path(name),
                    is_library=True,
                    import_libraries=imports,
                )
            )
