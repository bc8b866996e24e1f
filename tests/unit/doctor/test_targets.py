"""Findings about the targets of a project."""

from __future__ import annotations

from pathlib import Path

from ferrule.doctor.targets import check_project_targets
from ferrule.target.report import Step, TargetReport
from ferrule.target.triple import parse_triple


def report(*missing: Step, linker: str = "system") -> TargetReport:
    return TargetReport(
        parse_triple("aarch64-unknown-linux-gnu"),
        has_std=not missing,
        std_folder=Path("lib"),
        linker=linker,
        reason="found it",
        runner="",
        tags="",
        pythons=(),
        missing=missing,
    )


def test_all_is_there() -> None:
    (found,) = check_project_targets([report()])
    assert (found.id, found.severity) == ("linker-target", "ok")
    assert found.what == "aarch64-unknown-linux-gnu is linked by system: found it"


def test_something_is_missing() -> None:
    step = Step("std for it", (("rustup target add it", "rustup"),))
    (found,) = check_project_targets([report(step)])
    assert (found.severity, found.what) == ("error", "std for it is missing")
    assert found.details == (
        "wanted by the setting target = aarch64-unknown-linux-gnu",
        "found it",
    )
    assert found.remedy == ("rustup target add it  # rustup",)
