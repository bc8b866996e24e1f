"""What is known about the Rust part of one Distribution while setup() runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.setuptools.building import Planned
    from ferrule.setuptools.extension import RustExtension

__all__ = ["RustState", "rust_extensions", "rust_state"]

_ATTRIBUTE = "_ferrule_rust"


@dataclass
class RustState:
    """Facts that one command leaves for the next."""

    is_attached: bool = False
    planned: dict[str, Planned] = field(default_factory=dict)
    """How extensions are built, by name."""
    placed: dict[str, str] = field(default_factory=dict)
    """Path in the build folder of every placed module, and where it lies."""
    programs: list[str] = field(default_factory=list)
    """Programs for the scripts folder."""
    files: list[str] = field(default_factory=list)
    """Everything that was placed."""
    failed: set[str] = field(default_factory=set)
    """Names of optional extensions that could not be built."""
    finished: set[tuple[bool, str]] = field(default_factory=set)
    """Folders for which everything was built, so that nothing is built twice."""
    has_binaries: bool = False
    """Whether setup() or pyproject.toml declared Rust extensions."""
    is_pure: bool = False
    """Whether the wheel has no binaries after all."""


def rust_state(dist: Any) -> RustState:
    """Return the state of a Distribution, made on first use."""
    state = vars(dist).get(_ATTRIBUTE)
    if state is None:
        state = vars(dist)[_ATTRIBUTE] = RustState()
    found: RustState = state
    return found


def rust_extensions(dist: Any) -> list[RustExtension]:
    """Return the extensions that a Distribution has at this moment."""
    return list(getattr(dist, "rust_extensions", None) or [])
