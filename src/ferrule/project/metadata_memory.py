"""Core metadata that was read before and whose files did not change.

Reading and validating `[project]` takes a dozen modules; remembering takes one
file. An answer is used only while pyproject.toml, the readme, the licence files
and the folders that hold them are as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import __version__, cache
from ferrule.project.adopted import AdoptedDocument
from ferrule.project.core_metadata import CoreMetadata

if TYPE_CHECKING:
    from ferrule.project.crate import Crate
    from ferrule.project.location import Location

__all__ = ["remembered_metadata"]


def remembered_metadata(
    location: Location, crate: Crate, *, env: Mapping[str, str]
) -> tuple[CoreMetadata, tuple[str, ...]]:
    """Return what `read_core_metadata` returns, from the cache if it can be."""
    key = repr([__version__, str(location.root), str(location.pyproject_path), crate])
    if isinstance(location.pyproject, AdoptedDocument):
        key += repr(location.pyproject["project"])
    found = cache.read_tracked(env, "metadata", key)
    if isinstance(found, dict):
        return _from_json(found), ()
    from ferrule.project.metadata import read_core_metadata

    metadata, warnings = read_core_metadata(location.pyproject, location.root, crate)
    # Warnings are for every build, and a glob may match in folders that are
    # not known here: neither is remembered.
    if not warnings and not _has_deep_glob(location.pyproject):
        inputs = _inputs(metadata, location, crate)
        cache.write_tracked(env, "metadata", key, _to_json(metadata), inputs=inputs)
    return metadata, warnings


def _has_deep_glob(pyproject: Mapping[str, Any] | None) -> bool:
    table = (pyproject or {}).get("project")
    patterns = table.get("license-files", ()) if isinstance(table, dict) else ()
    return any("/" in item and any(c in item for c in "*?[") for item in patterns)


def _inputs(metadata: CoreMetadata, location: Location, crate: Crate) -> list[Path]:
    files = [crate.manifest_path, *(path for _, path in metadata.license_files)]
    files += [path for path in (location.pyproject_path, metadata.readme_path) if path]
    return [*files, location.root, *(path.parent for path in files)]


def _to_json(metadata: CoreMetadata) -> dict[str, Any]:
    values = asdict(metadata)
    readme = metadata.readme_path
    values["readme_path"] = str(readme) if readme else None
    values["license_files"] = [
        [name, str(path)] for name, path in metadata.license_files
    ]
    return values


def _from_json(values: dict[str, Any]) -> CoreMetadata:
    values = {name: _as_tuples(value) for name, value in values.items()}
    readme = values["readme_path"]
    values["readme_path"] = Path(readme) if readme else None
    files = values["license_files"]
    values["license_files"] = tuple((name, Path(path)) for name, path in files)
    return CoreMetadata(**values)


def _as_tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_as_tuples(item) for item in value)
    return value
