"""What is known about one cargo run when its failure is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.diagnosis import Context

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey

__all__ = ["known_context"]


def known_context(key: CompileKey) -> Context:
    """Return what a compile key tells about the build that failed."""
    text = key.pyo3.text if key.pyo3 else ""
    lines = (line.partition("=") for line in text.splitlines())
    values = {name.strip(): value.strip() for name, _, value in lines}
    use = key.pyo3.use if key.pyo3 else None
    return Context(
        tool="ferrule",
        pyo3=use.version if use else "",
        features=use.features if use else frozenset(),
        target=key.target or _target(key.arguments),
        python=values.get("version", ""),
        interpreter=key.interpreter or values.get("executable", ""),
        crate=key.crate.name,
        profile=key.profile,
    )


def _target(arguments: tuple[str, ...]) -> str:
    for place, word in enumerate(arguments):
        if word.startswith("--target="):
            return word.partition("=")[2]
        if word == "--target":
            return arguments[place + 1] if place + 1 < len(arguments) else ""
    return ""
