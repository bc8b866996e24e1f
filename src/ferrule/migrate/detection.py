"""Which peer builds a project, and where the project is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.migrate import (
    BothTablesError,
    NoPeerProjectError,
    OwnBackendError,
)
from ferrule.project.names import requirement_name

if TYPE_CHECKING:
    from ferrule.migrate.changes import Peer

__all__ = ["find_peer", "find_root"]

_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
_SETUPTOOLS = ("setuptools.build_meta", "setuptools.build_meta:__legacy__")


def find_root(start: Path) -> Path:
    """Return the folder of the project that `start` lies in.

    The search goes up to the folder that holds `.git`. Raises
    `NoPeerProjectError`.
    """
    start = Path(os.path.abspath(start))
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in _FILES):
            return folder
        if (folder / ".git").exists():
            break
    raise NoPeerProjectError(start, [f"none of {', '.join(_FILES)} is there"])


def find_peer(root: Path, pyproject: Mapping[str, Any] | None) -> Peer | None:
    """Return the peer that builds a project, or None if ferrule does already.

    Raises `BothTablesError`, `OwnBackendError` and `NoPeerProjectError`.
    """
    tool = _table(pyproject, "tool")
    build = _table(pyproject, "build-system")
    backend = str(build.get("build-backend", ""))
    requires = {
        requirement_name(item)
        for item in build.get("requires", ())
        if isinstance(item, str)
    }
    path = root / "pyproject.toml"
    for peer in ("maturin", "setuptools-rust"):
        if peer in tool and "ferrule" in tool:
            raise BothTablesError(path, peer)
    has_peer = bool(requires & {"maturin", "setuptools-rust"})
    if build.get("backend-path") and has_peer:
        raise OwnBackendError(path, backend, build["backend-path"])
    if "maturin" in tool or backend.partition(".")[0] == "maturin":
        return "maturin"
    if _uses_setuptools_rust(root, tool, backend, requires):
        return "setuptools-rust"
    if backend.partition(".")[0] == "ferrule":
        return None
    seen = f'build-backend is "{backend}"' if backend else "there is no build-backend"
    raise NoPeerProjectError(
        root, [seen, "nothing there speaks of maturin or setuptools-rust"]
    )


def _uses_setuptools_rust(
    root: Path, tool: Mapping[str, Any], backend: str, requires: set[str]
) -> bool:
    from ferrule.project.setuptools.setup_py import defines_extensions

    if "setuptools-rust" in tool:
        return True
    if backend and backend not in _SETUPTOOLS and backend != "ferrule":
        return False
    has_extensions = defines_extensions(root / "setup.py")
    return has_extensions or "setuptools-rust" in requires


def _table(parent: Mapping[str, Any] | None, key: str) -> dict[str, Any]:
    value = (parent or {}).get(key)
    return value if isinstance(value, dict) else {}
