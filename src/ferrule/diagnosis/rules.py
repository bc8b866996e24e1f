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
        cargo_runs,
        configuration,
        embedding,
        generations,
        importing,
        linker,
        native,
        objects,
        portability,
        running,
        system,
        toolchain,
        versions,
        zig,
    )

    families = (
        *(linker, native, objects, embedding, running, importing, portability),
        *(versions, generations, configuration, toolchain, zig, cargo_runs, system),
    )
    return tuple(rule for family in families for rule in family.RULES)


def find_rule(identifier: str) -> Rule | None:
    """Return the rule with an id, or None."""
    return next((rule for rule in all_rules() if rule.id == identifier), None)
