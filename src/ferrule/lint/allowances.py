"""Comments `// ferrule: allow(RULE)` whose RULE does not exist: they allow nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.lint.finding import RULES, Finding

if TYPE_CHECKING:
    from ferrule.lint.source import Source
    from ferrule.settings.model import LintRule

__all__ = ["find_unknown_rules"]

_RULE: LintRule = "unknown-rule"


def find_unknown_rules(source: Source) -> list[Finding]:
    """Return the names in a file's comments that are no rules."""
    from ferrule.errors import did_you_mean

    found = []
    for name, offset in source.marks:
        if name in RULES:
            continue
        line, column = source.place(offset)
        hint = did_you_mean(name, RULES)
        found.append(
            Finding(
                rule=_RULE,
                path=source.path,
                line=line,
                column=column,
                what=f"the comment allows `{name}`, and there is no such rule{hint}",
                remedies=(f"write one of {', '.join(RULES)}",),
                fails=False,
            )
        )
    return found
