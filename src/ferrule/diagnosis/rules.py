"""All rules, in the order of the documentation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.diagnosis.model import Rule

__all__ = ["all_rules", "find_rule"]


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Return every rule once."""
    from ferrule.diagnosis import (
        architecture,
        c_code,
        cargo_runs,
        configuration,
        cross_tools,
        downloads,
        embedding,
        environments,
        files,
        generations,
        importing,
        linker,
        missing_symbols,
        native,
        objects,
        packaging_tools,
        portability,
        running,
        rust_installation,
        static_python,
        system,
        toolchain,
        versions,
        wheels,
        zig,
    )

    families = (
        *(linker, static_python, native, objects, architecture, embedding, running),
        *(importing, missing_symbols, portability, wheels),
        *(packaging_tools,),
        *(versions, generations, configuration, environments),
        *(rust_installation, toolchain, zig, cargo_runs, downloads, files),
        *(system, c_code, cross_tools),
    )
    return tuple(rule for family in families for rule in family.RULES)


def find_rule(identifier: str) -> Rule | None:
    """Return the rule with an id, or None."""
    return next((rule for rule in all_rules() if rule.id == identifier), None)
