"""The stable ABI that the setting `abi3` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.cargo import IndirectPyo3Error

if TYPE_CHECKING:
    from ferrule.cargo.graph import Graph
    from ferrule.python.interpreter import Interpreter

__all__ = ["abi3_feature"]


def abi3_feature(
    wanted: str | None, graph: Graph, interpreter: Interpreter | None
) -> str | None:
    """Return the cargo feature that brings the stable ABI, or None.

    `wanted` is the oldest Python, for example `3.9`. Nothing is added where the
    crate enables a stable ABI itself, nor for an interpreter that has none or
    is older. Raises `IndirectPyo3Error`.
    """
    use = graph.pyo3
    if wanted is None or use is None:
        return None
    if any(name.partition("-")[0] in ("abi3", "abi3t") for name in use.features):
        return None
    major, minor = map(int, wanted.split("."))
    if interpreter is not None and (
        interpreter.implementation != "CPython"
        or interpreter.gil_disabled
        or interpreter.minor_version < (major, minor)
    ):
        log.debug(f"abi3 is not for {interpreter.display_name}")
        return None
    if use.dependency is None:
        raise IndirectPyo3Error(graph.root.name, graph.root.manifest_path)
    return f"{use.dependency}/abi3-py{major}{minor}"
