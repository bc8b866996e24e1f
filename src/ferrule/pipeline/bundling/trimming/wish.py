"""Gathers what `--trim` starts from: sources of the program, requested packages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.bundle.modes import Case
    from ferrule.bundle.packages import Package
    from ferrule.pipeline.bundling.job import Job
    from ferrule.pipeline.bundling.trimming.trimmer import Trimmer

__all__ = ["check_trimming", "make_trimmer"]


def check_trimming(case: Case) -> None:
    """Raise `TrimCompilerError` if a bundle cannot be trimmed, before cargo runs."""
    from ferrule.errors.trimming import TrimCompilerError

    if case.settings.trim and case.bytecode_python is None:
        raise TrimCompilerError(case.interpreter.minor_version)


def make_trimmer(job: Job, packages: Sequence[Package], program: Path) -> Trimmer:
    """Return what trims the files of a bundle whose program was linked."""
    from ferrule.bundle.trimming.package_roots import requested_names
    from ferrule.pipeline.bundling.trimming.trimmer import LinkedProgram, Trimmer

    settings, root = job.case.settings, job.opened.location.root
    texts = list(settings.packages)
    for name in settings.requirements:
        path = root / name
        if path.is_file():
            texts += path.read_text(encoding="utf-8", errors="replace").splitlines()
    project = (job.opened.pyproject or {}).get("project", {})
    name = project.get("name", "") if isinstance(project, dict) else ""
    linked = LinkedProgram(program, job.sources, name, requested_names(texts))
    return Trimmer(job.case, linked, packages, job.store)
