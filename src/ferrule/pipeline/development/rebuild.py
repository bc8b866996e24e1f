"""Building again what an editable install points to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.editable.freshness import find_change
from ferrule.errors.editable_record import RecordError
from ferrule.pipeline.development.editable_places import Place, copy_program
from ferrule.pipeline.development.request_record import read_record

if TYPE_CHECKING:
    from ferrule.pipeline.development.editables import EditableContents
    from ferrule.pipeline.development.request_record import RequestRecord

__all__ = ["Rebuilt", "rebuild"]


@dataclass(frozen=True)
class Rebuilt:
    """What became of an editable install."""

    distribution: str
    modules: Mapping[str, Path]
    """Where the modules are, by dotted name."""
    compiled: tuple[str, ...] = ()
    """Cargo targets that were compiled."""
    fresh: int = 0
    notes: tuple[str, ...] = ()
    """What a rebuild cannot bring about."""
    contents: EditableContents | None = None
    """What was built, if anything was."""


def rebuild(
    record: Path,
    env: Mapping[str, str],
    *,
    interpreter: str | None = None,
    scripts: Path | None = None,
) -> Rebuilt:
    """Build again what a freshness record belongs to, unless it is fresh.

    `interpreter` is preferred to the one that the install was made for;
    programs that were installed into the folder `scripts` are replaced there.
    Modules are compiled and placed under the lock of their place. Raises
    `RecordError` and what a build raises.
    """
    from ferrule.pipeline.build.wheels import plan_builds
    from ferrule.pipeline.development.editables import locked_place, place_editable
    from ferrule.pipeline.opening import open_project

    place = Place(record.parent)
    asked = read_record(place.request)
    if not os.path.isdir(asked.start):
        raise RecordError(place.request, f"the project's folder {asked.start} is gone")
    modules: dict[str, str] = {}
    with locked_place(place):
        if find_change(str(record), modules) is None:
            paths = {name: Path(path) for name, path in modules.items()}
            return Rebuilt(asked.distribution, paths)
        opened = open_project(asked.to_request(env, interpreter))
        build, _ = plan_builds(opened)[0]
        contents = place_editable(opened, build, place, installed=asked.installed)
    if scripts is not None:
        for program in contents.programs:
            copy_program(program, scripts / program.name)
    return Rebuilt(
        distribution=asked.distribution,
        modules=contents.modules,
        compiled=contents.compiled,
        fresh=contents.fresh,
        notes=_notes(asked, contents),
        contents=contents,
    )


def _notes(asked: RequestRecord, contents: EditableContents) -> tuple[str, ...]:
    changed = [
        name
        for name, digest in contents.installed.items()
        if asked.installed.get(name, digest) != digest
    ]
    if contents.build.project.settings.rebuild_on_import and "modules" in changed:
        changed.remove("modules")  # such a finder reads the record
    if not changed:
        return ()
    note = (
        f"the {' and '.join(changed)} of {asked.distribution} changed since it was "
        "installed: run `ferrule develop` again, or install the project again"
    )
    return (note,)
