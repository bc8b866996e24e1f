"""Whether RECORD describes the files of a wheel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.wheel.record_reading import record_problems

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_record"]

_RULES = {
    "hash": "record-mismatch",
    "size": "record-mismatch",
    "unlisted": "record-unlisted",
    "absent": "record-absent",
    "weak": "record-weak-hash",
    "repeated": "record-repeated",
    "spelling": "record-absent",
}
_FIX = (
    "build the wheel anew, or change it with tools that renew RECORD, such as "
    "`ferrule repair`"
)


def check_record(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield in what RECORD and files differ. Raises a `BrokenWheelError`."""
    for problem in record_problems(wheel):
        is_mild = problem.kind in ("weak", "repeated", "spelling")
        severity: Severity = "warning" if is_mild else "error"
        rule = _RULES[problem.kind]
        yield Finding(rule, severity, problem.path, problem.what, _FIX)
