"""Which packages a bundle holds, and in which order they count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.pipeline.build.wheels import build_opened, plan_builds
from ferrule.pipeline.bundling.packages.installed import environment_packages
from ferrule.pipeline.bundling.packages.requested import requested_wheels
from ferrule.pipeline.bundling.packages.unpacked import unpacked_wheel
from ferrule.project.names import normal_name

if TYPE_CHECKING:
    from ferrule.bundle.packages import Package
    from ferrule.pipeline.bundling.job import Job
    from ferrule.pipeline.opening import OpenProject

__all__ = ["choose_packages"]


def choose_packages(job: Job) -> list[Package]:
    """Return the packages of a bundle: the project's own, then the others.

    The first of a name stays. Raises what building the project raises, and what
    `requested_wheels` and `environment_packages` raise.
    """
    import tempfile

    opened, case, env = job.opened, job.case, job.env
    root, settings = opened.location.root, case.settings
    unpacked = job.store / "wheels"
    unpacked.mkdir(parents=True, exist_ok=True)
    found: list[Package] = []
    with tempfile.TemporaryDirectory(prefix="ferrule-bundle-") as temporary:
        folder = Path(temporary)
        wheels = _own_wheels(opened, folder / "own") if settings.project else []
        wheels += requested_wheels(
            settings, case, root=root, folder=folder, store=job.store, env=env
        )
        found += [unpacked_wheel(path, unpacked) for path in wheels]
    if settings.environment:
        prefix = root / settings.environment
        found += environment_packages(prefix, case.interpreter, env)
    first: dict[str, Package] = {}
    for package in found:
        first.setdefault(normal_name(package.name), package)
    return list(first.values())


def _own_wheels(opened: OpenProject, folder: Path) -> list[Path]:
    """Return the wheel of the project's own modules, if it has any."""
    if "project" not in (opened.pyproject or {}):
        return []
    own = replace(
        opened,
        request=replace(
            opened.request,
            command_line={**opened.request.command_line, "audit": "skip"},
        ),
    )
    if not any(build.modules for build, _ in plan_builds(own)):
        return []
    return [item.path for item in build_opened(own, folder)]
