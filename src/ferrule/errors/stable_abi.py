"""Errors of the check that modules keep what the wheel's tag promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.errors import FerruleError

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding

__all__ = ["BrokenPromiseError"]


class BrokenPromiseError(FerruleError):
    """Under `abi3-check = "error"`: some Python of the tag cannot use a module."""

    exit_code = 3

    def __init__(self, tag: str, findings: Sequence[Finding]) -> None:
        lines: list[str] = []
        for finding in findings:
            lines.append(finding.sentence)
            lines += [f"  {line}" for line in finding.details]
            if len(findings) > 1 and finding.fix:
                lines.append(f"  fix: {finding.fix}")
        fix = findings[0].fix if len(findings) == 1 else "do what is said for each"
        super().__init__(
            f"the wheel would be tagged {tag}, and its modules do not keep that",
            why=lines,
            fix=f'{fix}; abi3-check = "warn" builds it all the same',
        )
        self.findings = tuple(findings)
