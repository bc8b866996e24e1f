"""Whether building a project may need packages that are not always needed.

Front ends ask before each isolated build, so projects of PyO3 and programs are
recognised by their files alone; cargo is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ferrule.errors import FerruleError

__all__ = ["dependency_names", "may_need_packages"]

_PYO3: Final = frozenset({"pyo3", "pyo3-ffi"})
_COMPRESSOR: Final = "libdeflate"
_WITHOUT: Final = ("pyo3", "pyo3-ffi", "bin")


def may_need_packages(
    start: Path, env: Mapping[str, str], config_settings: Mapping[str, object]
) -> bool:
    """Whether the project in `start` is, or might be, one of cffi or UniFFI.

    Or one whose wheels are compressed by a package that it names.
    False for projects that cannot be read: the build explains why.
    """
    from ferrule.project.location import locate_project

    try:
        location = locate_project(start, manifest_path=None, env=env)
        tool = (location.pyproject or {}).get("tool", {})
        tables = [tool.get(name, {}) for name in ("ferrule", "maturin")]
        if _COMPRESSOR in (
            *(table.get("compression") for table in _with_overrides(tables[0])),
            env.get("FERRULE_COMPRESSION"),
            config_settings.get("compression"),
        ):
            return True
        if any(table.get("modules") for table in tables):
            return False
        given: list[object] = [table.get("bindings") for table in tables]
        given += [env.get("FERRULE_BINDINGS"), config_settings.get("bindings")]
        written = [item for item in given if item not in (None, "auto")]
        if written:
            return not all(item in _WITHOUT for item in written)
        return _is_bound(location.manifest_path)
    except (FerruleError, AttributeError):
        return False


def _with_overrides(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [table, *table.get("overrides", ())]


def _is_bound(manifest_path: Path) -> bool:
    from ferrule.project.pyproject import read_toml

    manifest = read_toml(manifest_path)
    names = dependency_names(manifest)
    if _PYO3 & names:
        return False
    return "uniffi" in names or "cdylib" in manifest.get("lib", {}).get(
        "crate-type", ()
    )


def dependency_names(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the packages that a Cargo.toml depends on, for any target.

    >>> sorted(dependency_names({"dependencies": {"a": "1", "b": {"package": "c"}}}))
    ['a', 'c']
    """
    tables = [manifest, *manifest.get("target", {}).values()]
    found = set()
    for table in tables:
        for name, value in table.get("dependencies", {}).items():
            renamed = value.get("package") if isinstance(value, dict) else None
            found.add(renamed or name)
    return frozenset(found)
