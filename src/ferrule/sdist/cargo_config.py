"""The `.cargo/config.toml` of an archive.

The project's own file stays and is extended: sources are replaced by the
vendored crates, and registries that the manifests name are made known.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from ferrule.cargo.config_toml import without_section
from ferrule.errors.files import ReadError
from ferrule.sdist.sources import is_cargo_config
from ferrule.toml_text import edit, parse

if TYPE_CHECKING:
    from ferrule.sdist.closure import Closure

    Members = dict[str, Union[Path, bytes]]

__all__ = ["VENDOR_FOLDER", "clean_configs", "find_registries", "merge_sources"]

VENDOR_FOLDER = ".cargo/vendor"
"""Where vendored crates lie in an archive."""
_OLD_NAME, _NAME = ".cargo/config", ".cargo/config.toml"
_DEPENDENCY_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")

Table = dict[str, Any]


def clean_configs(members: Members) -> None:
    """Take the lines of `ferrule env --write` out of packed configurations.

    They name files of this machine. A configuration without other lines is
    not packed.
    """
    for name in sorted(filter(is_cargo_config, members)):
        text = _read(members[name])
        clean = without_section(text)
        if clean != text:
            if clean.strip():
                members[name] = clean.encode("utf-8")
            else:
                del members[name]


def merge_sources(
    members: Members, sources: Mapping[str, Table], closure: Closure
) -> None:
    """Make cargo take its crates from `VENDOR_FOLDER` in the archive.

    `sources` is the table that `cargo vendor` asks for. A project's own entry
    for the same source gives way, at the top and in folders below.
    """
    ours = {
        name: {"directory": VENDOR_FOLDER} if "directory" in entry else dict(entry)
        for name, entry in sorted(sources.items())
    }
    top = _OLD_NAME if _OLD_NAME in members else _NAME
    for name in sorted(filter(is_cargo_config, members)):
        if name != top:
            members[name] = _without_sources(_read(members[name]), ours)
    text = _read(members[top]) if top in members else ""
    new = copy.deepcopy(parse(text))
    new["source"] = {**new.get("source", {}), **ours}
    known = new.get("registries", {})
    missing = {
        name: {"index": index}
        for name, index in find_registries(_manifests(members), closure).items()
        if "index" not in known.get(name, {})
    }
    if missing:
        new["registries"] = {**known, **missing}
    members[top] = edit(text, new).lstrip("\n").encode("utf-8")


def _without_sources(text: str, names: Mapping[str, Table]) -> bytes:
    try:
        old = parse(text)
    except ValueError:
        return text.encode("utf-8")  # not read by cargo until now, or it had failed
    kept = {
        name: value
        for name, value in old.get("source", {}).items()
        if name not in names
    }
    if len(kept) != len(old.get("source", {})):
        text = edit(text, {**old, "source": kept})
    return text.encode("utf-8")


def _manifests(members: Members) -> Iterator[Table]:
    for name in sorted(members):
        is_vendored = name.startswith(f"{VENDOR_FOLDER}/")
        if name.rsplit("/", 1)[-1] == "Cargo.toml" and not is_vendored:
            yield parse(_read(members[name]))


def find_registries(manifests: Iterator[Table], closure: Closure) -> dict[str, str]:
    """Return the index of each registry that manifests name, sorted.

    cargo wants to know them although it takes the crates from elsewhere. What
    a name means on this machine is what `cargo metadata` said.
    """
    urls: dict[str, str] = {}
    for crate in closure.crates:
        for dependency in crate.package["dependencies"]:
            if dependency.get("registry"):
                urls[dependency["name"]] = str(dependency["registry"])
    found: dict[str, str] = {}
    for document in manifests:
        holders = [document, document.get("workspace", {})]
        holders += document.get("target", {}).values()
        tables = [
            holder.get(kind, {}) for holder in holders for kind in _DEPENDENCY_TABLES
        ]
        tables += document.get("patch", {}).values()
        for table in tables:
            for key, entry in table.items():
                if isinstance(entry, dict) and "registry" in entry:
                    url = urls.get(entry.get("package", key))
                    if url:
                        found[entry["registry"]] = url
    return dict(sorted(found.items()))


def _read(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return source.decode("utf-8-sig", "replace")
    try:
        return source.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise ReadError(source, error) from error
