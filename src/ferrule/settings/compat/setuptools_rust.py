"""What `RustExtension` and `RustBin` mean in the keys of `[tool.ferrule]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.settings.compat.rust_extension import Declared, Extension, check_extension

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["translate_extensions"]


def translate_extensions(
    declared: Sequence[Declared],
    problems: list[FerruleError],
    *,
    crate_name: Callable[[str], str | None],
    profile: str | None = None,
) -> tuple[dict[str, object], list[str]]:
    """Return the table in ferrule's keys, and warnings.

    `crate_name` gives the package name of a manifest; `profile` is
    `SETUPTOOLS_RUST_CARGO_PROFILE`, which replaces what was declared.
    """
    warnings: list[str] = []
    checked = [check_extension(item, problems, warnings) for item in declared]
    extensions = [item for item in checked if item is not None]
    if profile:
        for item in extensions:
            item.profile = profile
    table: dict[str, object] = {}
    if not extensions:
        return table, warnings
    main_path = extensions[0].path
    if main_path != "Cargo.toml":
        table["manifest-path"] = main_path
    modules = [
        _module(item, main_path) for item in extensions if item.binding != "Exec"
    ]
    binaries = [
        binary
        for item in extensions
        if item.binding == "Exec"
        for binary in _binaries(item, main_path)
    ]
    if len(modules) == 1 and not binaries and _is_simple(modules[0]):
        module = dict(modules[0])
        table["module-name"] = module.pop("name")
        table["bindings"] = "pyo3"
        table.update(module)
    elif modules:
        table["modules"] = modules
    if binaries:
        table["binaries"] = binaries
    include = _generated_files(extensions, crate_name)
    if include:
        table["include"] = include
    _add_common(table, extensions)
    return table, warnings


def _is_simple(module: Mapping[str, object]) -> bool:
    keys = {"name", "features", "profile", "rustc-args", "env", "strip"}
    return keys.issuperset(module)


def _module(item: Extension, main_path: str) -> dict[str, object]:
    (name,) = item.targets.values()
    module: dict[str, object] = {"name": name}
    features = list(item.features)
    if item.binding != "PyO3":
        module["bindings"] = "none"
    if item.binding == "RustCPython":
        features += ["cpython/python3-sys", "cpython/extension-module"]
    rustc_args = list(item.rustc_args)
    if item.strip == "Debug":
        rustc_args += ["-C", "strip=debuginfo"]
    if rustc_args:
        module["rustc-args"] = rustc_args
    return {**module, **_part(item, main_path, features)}


def _binaries(item: Extension, main_path: str) -> list[dict[str, object]]:
    found = []
    for name, place in item.targets.items():
        last = place.split(".")[-1]
        binary: dict[str, object] = {"name": name or last}
        if item.is_bin or item.script:
            if last != binary["name"]:
                binary["script"] = last
        else:
            binary["to"] = place.replace(".", "/")
        found.append({**binary, **_part(item, main_path, item.features)})
    return found


def _part(
    item: Extension, main_path: str, features: Sequence[str]
) -> dict[str, object]:
    """Return the keys that modules and programs have in common."""
    part: dict[str, object] = {}
    if item.path != main_path:
        part["manifest-path"] = item.path
    if features:
        part["features"] = list(dict.fromkeys(features))
    if item.profile:
        part["profile"] = item.profile
    if item.words.others:
        part["cargo-args"] = list(item.words.others)
    if item.env:
        part["env"] = item.env
    # As setuptools-rust does, which never strips a debug build.
    if item.strip == "All" or (item.strip == "Debug" and item.binding == "Exec"):
        part["strip"] = True
    if item.optional:
        part["optional"] = True
    return part


def _generated_files(
    extensions: Sequence[Extension], crate_name: Callable[[str], str | None]
) -> list[dict[str, object]]:
    several = len({item.path for item in extensions}) > 1
    include = []
    for item in extensions:
        for source, package in item.generated.items():
            folder, _, name = source.strip("/").rpartition("/")
            # The folders above the file or folder itself are not kept.
            path = f"{folder}/./{name}" if folder else name
            entry: dict[str, object] = {"path": path, "from": "out-dir"}
            entry["to"] = package.replace(".", "/")
            crate = crate_name(item.path) if several else None
            if crate:
                entry["crate"] = crate
            include.append(entry)
    return include


def _add_common(table: dict[str, object], extensions: Sequence[Extension]) -> None:
    """Add what ferrule knows per project only."""
    for key in ("locked", "frozen", "offline", "no-default-features", "all-features"):
        if any(key in item.words.switches for item in extensions):
            table[key] = True
    for item in extensions:
        table.update(item.words.values)
    for key in ("config", "unstable-flags"):
        words = [word for ext in extensions for word in ext.words.lists.get(key, ())]
        if words:
            table[key] = list(dict.fromkeys(words))
    wanted = [item.rust_version for item in extensions if item.rust_version]
    if wanted:
        table["rust-version"] = ",".join(dict.fromkeys(wanted))
    floors = [item.abi3 for item in extensions if item.abi3]
    if floors:
        table["abi3"] = floors[0]
