"""What the checks of a finished wheel found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ferrule.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Finding", "Severity", "grouped"]

Severity = Literal["error", "warning", "note"]
"""`error`: the wheel does not do what it promises. `warning`: it does, but users
will meet trouble. `note`: it could promise more, or be smaller."""


@dataclass(frozen=True)
class Finding:
    """One thing about a wheel that its author should know."""

    rule: str
    """A key of `ferrule.audit.rules.RULES`; stable, for the ignore list."""
    severity: Severity
    path: str
    """The file inside the wheel; empty for the wheel as a whole."""
    what: str
    """One sentence with the values seen; in it, the file is `it`."""
    fix: str = ""
    """One sentence: what to do about it."""
    details: tuple[str, ...] = ()
    """Further lines, for example one per symbol."""

    @property
    def sentence(self) -> str:
        """Return what was found, with the file in front."""
        return f"{self.path}: {self.what}" if self.path else self.what

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain data for `--json`."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "path": self.path,
            "message": self.what,
            "fix": self.fix,
            "details": list(self.details),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """Return what `to_json` made plain data of."""
        return cls(
            data["rule"],
            data["severity"],
            data["path"],
            data["message"],
            data["fix"],
            tuple(data["details"]),
        )


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings of one kind, with one thing to do, side by side."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for item in findings:
        groups.setdefault((item.severity, item.rule, item.fix), []).append(item)
    return list(groups.values())
