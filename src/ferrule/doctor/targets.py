"""Findings about the targets that a project is built for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ferrule.doctor.finding import Finding

if TYPE_CHECKING:
    from ferrule.target.report import TargetReport

__all__ = ["check_project_targets"]


def check_project_targets(reports: Sequence[TargetReport]) -> list[Finding]:
    """Return what a build takes for each target, and what it lacks."""
    findings = []
    for report in reports:
        name = report.triple.text
        if not report.missing:
            what = f"{name} is linked by {report.linker}: {report.reason}"
            findings.append(Finding("linker-target", "ok", what))
        for step in report.missing:
            remedy = [f"{command}  # {whom}" for command, whom in step.commands]
            origin = f"wanted by the setting target = {name}"
            findings.append(
                Finding(
                    "linker-target",
                    "error",
                    f"{step.what} is missing",
                    tuple(filter(None, (origin, report.reason))),
                    f"`ferrule build` cannot build for {name}",
                    tuple(remedy),
                )
            )
    return findings
