"""What is known about one cargo run when its failure is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.diagnosis import Context

__all__ = ["known_context", "known_facts"]


def known_context(key: CompileKey) -> Context:
    """Return what a compile key tells about the build that failed."""
    from ferrule.diagnosis import Context

    facts = known_facts(key)
    return Context(**{**facts, "features": frozenset(facts["features"])})


def known_facts(key: CompileKey) -> dict[str, Any]:
    """Return the fields of that context as plain data; features are sorted."""
    text = key.pyo3.text if key.pyo3 else ""
    lines = (line.partition("=") for line in text.splitlines())
    values = {name.strip(): value.strip() for name, _, value in lines}
    use = key.pyo3.use if key.pyo3 else None
    return {
        "tool": "ferrule",
        "pyo3": use.version if use else "",
        "features": sorted(use.features) if use else [],
        "target": key.target or _target(key.arguments),
        "python": values.get("version", ""),
        "interpreter": key.interpreter or values.get("executable", ""),
        "crate": key.crate.name,
        "profile": key.profile,
    }


def _target(arguments: tuple[str, ...]) -> str:
    for place, word in enumerate(arguments):
        if word.startswith("--target="):
            return word.partition("=")[2]
        if word == "--target":
            return arguments[place + 1] if place + 1 < len(arguments) else ""
    return ""
