"""A finding: what was seen, why it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from ferrule.doctor.catalogue import FINDINGS
from ferrule.records import dataclass

__all__ = ["SEVERITIES", "Finding", "Fix", "Severity"]

Severity = Literal["error", "warning", "note", "ok"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "ok")
"""From what stops a build to what is as it should be."""


@dataclass(frozen=True)
class Fix:
    """A change that is safe and undoable, or of what is of use to nobody.

    Only the project, ferrule's cache and files that ferrule installed are touched.
    """

    steps: tuple[str, ...]
    """What will be changed, one line each."""
    apply: Callable[[], None]
    """Makes the changes. May raise `FerruleError` or OSError."""


@dataclass(frozen=True)
class Finding:
    """One line of the report and what belongs to it."""

    id: str
    """A key of `catalogue.FINDINGS`; stable."""
    severity: Severity
    what: str
    """What was seen, in one line."""
    details: tuple[str, ...] = ()
    why: str = ""
    """Why it matters for this project."""
    remedy: tuple[str, ...] = ()
    """Lines to copy: commands, or lines of a file after a line that names it."""
    fix: Fix | None = None

    @property
    def section(self) -> str:
        """Return the section of the report that the finding belongs to."""
        return FINDINGS[self.id][0]

    def to_json(self) -> dict[str, Any]:
        """Return the finding as plain data for `--json`."""
        return {
            "id": self.id,
            "section": self.section,
            "severity": self.severity,
            "what": self.what,
            "details": list(self.details),
            "why": self.why,
            "remedy": list(self.remedy),
            "fix": list(self.fix.steps) if self.fix else [],
        }
