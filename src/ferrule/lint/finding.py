"""What the lint found."""

from __future__ import annotations

from typing import Any, get_args

from ferrule.records import dataclass
from ferrule.settings.model import LintRule

__all__ = ["RULES", "Finding"]

RULES: tuple[LintRule, ...] = get_args(LintRule)
"""The names of the rules, for the setting and for comments."""


@dataclass(frozen=True)
class Finding:
    """One place that will not do what it says."""

    rule: str
    path: str
    line: int
    column: int
    what: str
    """One sentence: what will happen, and under which minimum Python."""
    remedies: tuple[str, ...]
    allowed_from: str | None = None
    """The minimum Python that would allow it, for example `3.9`."""
    fails: bool = True
    """Whether the compiler will refuse it; otherwise it fails when it runs, or
    is silently left out."""

    @property
    def text(self) -> str:
        """Return the finding in one line, without its place."""
        return f"{self.what}. Fix: {', '.join(self.remedies)}."

    def located(self, path: str | None = None) -> str:
        """Return `file:line:column: rule: text`, which editors and CI understand."""
        place = f"{path or self.path}:{self.line}:{self.column}"
        return f"{place}: {self.rule}: {self.text}"

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain data for `--json`."""
        return {
            "rule": self.rule,
            "path": self.path,
            "line": self.line,
            "column": self.column,
            "message": self.what,
            "remedies": list(self.remedies),
            "allowed_from": self.allowed_from,
            "fails_to_compile": self.fails,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """Read what `to_json` returned."""
        return cls(
            rule=data["rule"],
            path=data["path"],
            line=data["line"],
            column=data["column"],
            what=data["message"],
            remedies=tuple(data["remedies"]),
            allowed_from=data["allowed_from"],
            fails=data["fails_to_compile"],
        )
