"""Slots: artefacts of several ABIs side by side in one build directory.

cargo hashes the profile of a package into the package's unit and into every
unit that depends on it. One profile value without meaning for the result
(`codegen-units` of a crate with fewer codegen units than that) therefore gives
each PyO3 configuration its own artefacts: switching between interpreters
evicts nothing, and crates that do not depend on PyO3 are compiled once.

The package is the one whose build script reads the configuration first:
`pyo3-build-config` up to PyO3 0.28, `pyo3-ffi` from 0.29 on.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.cargo.graph import Pyo3Use

__all__ = ["compute_slot", "slot_arguments"]

_FIRST = 1000
_COUNT = 1_000_000


def compute_slot(config_text: str, *, link: bool) -> int:
    """Return the slot of a PyO3 configuration.

    The number depends on nothing but the configuration and on whether
    libpython is linked, so it is the same on every machine.
    """
    digest = hashlib.sha256(f"{link}\n{config_text}".encode()).digest()
    return _FIRST + int.from_bytes(digest[:8], "big") % _COUNT


def slot_arguments(use: Pyo3Use, profile: str, slot: int) -> list[str]:
    """Return the cargo arguments that select a slot."""
    package = "pyo3-build-config" if use.configured_by_build_config else "pyo3-ffi"
    return ["--config", f"profile.{profile}.package.{package}.codegen-units={slot}"]
