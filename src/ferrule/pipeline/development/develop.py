"""Development installs: compile, place, and write the installation without pip."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__, log
from ferrule.editable.environment import find_environment
from ferrule.editable.installation import (
    Installation,
    find_installed,
    install,
    uninstall,
)
from ferrule.editable.requirements import check_python, missing_requirements
from ferrule.pipeline.build.wheels import plan_builds, wanted_profile
from ferrule.pipeline.development.editables import prepare_editable
from ferrule.pipeline.opening import OpenProject, open_project

if TYPE_CHECKING:
    from ferrule.editable.environment import Environment
    from ferrule.pipeline.development.editables import EditableContents
    from ferrule.pipeline.request import Request
    from ferrule.plan.build import Build

__all__ = ["Developed", "Wanted", "develop", "remove"]

_DEFAULT_GROUP = "dev"


@dataclass(frozen=True)
class Wanted:
    """What a development install shall contain besides the project."""

    python: str | None = None
    """`--python`: a folder, an interpreter or a version."""
    extras: tuple[str, ...] = ()
    all_extras: bool = False
    groups: tuple[str, ...] | None = None
    """Dependency groups; None means `dev`, if there is one."""
    requirements: bool = True
    """Whether missing requirements are installed."""
    project: bool = True
    """Whether the project itself is installed, not just its requirements."""


@dataclass(frozen=True)
class Developed:
    """A finished development install."""

    name: str
    version: str
    environment: Environment
    contents: EditableContents | None
    """None where only requirements were wanted."""
    changed: bool
    """Whether anything in the environment was written."""
    requirements: tuple[str, ...]
    """The requirements that were missing and were installed."""
    seconds: float
    announced: str = ""
    """What was said before it was built."""


def develop(
    request: Request, wanted: Wanted, *, compiled: Sequence[str] = ()
) -> Developed:
    """Install the project into an environment so that edits are seen.

    Nothing is written that is right already, and neither pip nor uv is started
    unless a requirement is missing. `compiled` are targets that an attempt just
    before has compiled. Raises `FerruleError` subclasses.
    """
    started = time.perf_counter()
    opened, environment = _open(request, wanted.python)
    opened.refuse_setup_py()
    check_python(_requires_python(opened), environment, env=opened.request.env)
    build, names = plan_builds(opened)[0]
    metadata = build.project.metadata
    contents, changed, announced = None, False, ""
    if wanted.project:
        profile = wanted_profile(opened, build.project.settings)
        announced = (
            f"building {metadata.name} {metadata.version} for {', '.join(names)} in "
            f"{environment.prefix} ({profile} profile)"
        )
        log.step(announced)
        contents = _with_compiled(prepare_editable(opened, build), compiled)
        changed = _install(opened, build, contents, environment)
    missing = _complete(opened, build, environment, wanted)
    done = Developed(
        name=metadata.name,
        version=metadata.version,
        environment=environment,
        contents=contents,
        changed=changed,
        requirements=tuple(missing),
        seconds=time.perf_counter() - started,
        announced=announced,
    )
    log.step(_summary(done))
    return done


def remove(request: Request, python: str | None) -> list[str]:
    """Take a development install of the project out of an environment.

    Returns the files that were removed. Raises `NotInstalledError`,
    `NotEditableError` and `ForeignInstallError`.
    """
    from ferrule.errors.editable import NotEditableError, NotInstalledError

    opened, environment = _open(request, python)
    name = opened.project(environment.interpreter).metadata.name
    present = find_installed(name, environment)
    if not present:
        raise NotInstalledError(name, environment.prefix)
    root = opened.location.root
    for item in present:
        seen = item.text("direct_url.json") or "an index, or a wheel"
        if not _is_editable_from(seen, root):
            executable = environment.interpreter.executable
            raise NotEditableError(name, environment.prefix, seen, root, executable)
    files = uninstall(present, environment)
    log.step(f"removed {name} from {environment.prefix}")
    return files


def _with_compiled(
    contents: EditableContents, compiled: Sequence[str]
) -> EditableContents:
    if not compiled:
        return contents
    fresh = contents.fresh - len(compiled)
    return replace(contents, compiled=(*compiled, *contents.compiled), fresh=fresh)


def _open(request: Request, python: str | None) -> tuple[OpenProject, Environment]:
    opened = open_project(request)
    environment = find_environment(
        python, start=request.start, root=opened.location.root, env=request.env
    )
    opened.request = replace(request, interpreter=environment.interpreter)
    return opened, environment


def _requires_python(opened: OpenProject) -> str | None:
    project = (opened.pyproject or {}).get("project", {})
    value = project.get("requires-python") if isinstance(project, dict) else None
    return value if isinstance(value, str) else None


def _install(
    opened: OpenProject,
    build: Build,
    contents: EditableContents,
    environment: Environment,
) -> bool:
    from ferrule.wheel.writer import dist_info_members, wheel_text

    metadata = build.project.metadata
    folder = f"{metadata.distribution_name}-{metadata.file_version}.dist-info"
    members = dist_info_members(
        folder,
        wheel=wheel_text(contents.tag, f"ferrule {__version__}"),
        metadata_text=metadata.to_metadata_text(),
        entry_points_text=metadata.entry_points_text(),
        license_files=metadata.license_files,
    )
    item = Installation(
        name=metadata.name,
        dist_info=folder,
        members=[*contents.members, *members],
        scripts=metadata.scripts,
        gui_scripts=metadata.gui_scripts,
        direct_url=_direct_url(opened.location.root),
    )
    return install(item, environment)


def _direct_url(root: Path) -> str:
    """Return direct_url.json of an editable install (PEP 610)."""
    import json

    document = {"dir_info": {"editable": True}, "url": root.resolve().as_uri()}
    return json.dumps(document, sort_keys=True)


def _is_editable_from(text: str, root: Path) -> bool:
    import json

    try:
        origin = json.loads(text)
    except ValueError:
        return False
    is_editable = origin.get("dir_info", {}).get("editable") is True
    return is_editable and origin.get("url") == root.resolve().as_uri()


def _complete(
    opened: OpenProject, build: Build, environment: Environment, wanted: Wanted
) -> Sequence[str]:
    """Install the requirements that are missing, and return them."""
    if not wanted.requirements:
        return ()
    metadata = build.project.metadata
    missing = missing_requirements(
        metadata,
        environment,
        extras=metadata.provides_extra if wanted.all_extras else wanted.extras,
        further=_group_requirements(opened, wanted.groups),
        env=opened.request.env,
    )
    if missing:
        from ferrule.editable.installer import install_requirements

        install_requirements(missing, environment, env=opened.request.env)
    return missing


def _group_requirements(opened: OpenProject, groups: Sequence[str] | None) -> list[str]:
    table = (opened.pyproject or {}).get("dependency-groups", {})
    if groups is None:
        groups = [_DEFAULT_GROUP] if _DEFAULT_GROUP in table else []
    if not groups:
        return []
    from ferrule.project.dependency_groups import group_requirements

    return [
        item for name in groups for item in group_requirements(opened.pyproject, name)
    ]


def _summary(done: Developed) -> str:
    what = f"{done.name} {done.version}"
    if done.contents is None:
        count = len(done.requirements)
        return f"{count} requirements of {what} installed" if count else "up to date"
    counts = (
        f"{len(done.contents.compiled)} compiled, {done.contents.fresh} fresh, "
        f"{done.seconds:.1f} s"
    )
    if done.changed:
        return f"installed {what} ({counts})"
    return f"{what} is installed ({counts})"
