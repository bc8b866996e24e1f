"""One project, tried in every way: what the page says about it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ferrule.wheel.comparison import Difference, compare_wheels
from tests.corpus.building import (
    build_by_ferrule,
    build_by_peer,
    find_locked,
    install,
)
from tests.corpus.reasons import explain, tell
from tests.corpus.sdists import fetch, repack, unpack
from tests.corpus.table import Project
from tests.corpus.workplace import CommandError, Workplace

__all__ = ["Trial", "read_stored", "store", "try_project"]


@dataclass(frozen=True)
class Trial:
    """What came out for one project."""

    project: str
    shows: str
    backend: str = ""
    """Name and version of the project's own backend."""
    pyo3: str = ""
    wheel: str = ""
    reasons: tuple[str, ...] = ()
    """Why the wheels differ where they do."""
    problems: tuple[str, ...] = ()
    """What nothing explains, and what failed."""
    peer_cpu_s: float = 0
    ferrule_cpu_s: float = 0
    again_cpu_s: float = 0
    crates: int = 0
    """How many dependencies the first build compiled."""
    crates_again: int = 0
    """How many of them the second build compiled."""


def store(trial: Trial, place: Workplace) -> None:
    """Keep a result for the page of a later run."""
    path = _stored(trial.project, place)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(asdict(trial), indent=1), encoding="utf-8")


def read_stored(project: Project, place: Workplace) -> Trial | None:
    """Return the newest result of a project, None without one."""
    path = _stored(project.identity, place)
    if not path.is_file():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    if known.keys() != {field.name for field in fields(Trial)}:
        return None  # of another version of this program
    for name in ("reasons", "problems"):
        known[name] = tuple(known[name])
    return Trial(**{**known, "shows": project.shows})


def _stored(identity: str, place: Workplace) -> Path:
    return place.cache / "trials" / f"{identity}.json"


def try_project(project: Project, folder: Path, place: Workplace) -> Trial:
    """Build with both, compare the wheels, build again, install and use."""
    try:
        return _try(project, folder, place)
    except Exception as error:  # noqa: BLE001  # a row of the page, whatever it is
        name = "" if isinstance(error, CommandError) else f"{type(error).__name__}: "
        text = f"{name}{error}"
        return Trial(project.identity, project.shows, problems=(text,))


def _try(project: Project, folder: Path, place: Workplace) -> Trial:
    sdist = fetch(project, place)
    theirs = build_by_peer(project, sdist, place)
    changed = repack(unpack(sdist, folder / "sources"), folder / "changed")
    for name in ("first", "second"):
        (folder / name).mkdir()
    ours = build_by_ferrule(project, changed, folder / "first", place)
    differences = [
        explain(item, folder / "sources")
        for item in compare_wheels(theirs.wheel, ours.wheel)
    ]
    again, printed = install(project, changed, folder / "second", place)
    problems = [_describe(item) for item in differences if not item.explanation]
    locked = find_locked(folder / "ferrule-cache")
    problems += _find_problems(project, printed, again.compiled & locked.keys())
    if not ours.compiled:
        problems.append("the first build compiled nothing where it should")
    return Trial(
        project=project.identity,
        shows=project.shows,
        backend=_name_backend(project, theirs.wheel),
        pyo3=locked.get("pyo3") or locked.get("pyo3-ffi") or "",
        wheel=ours.wheel.name,
        reasons=tuple(sorted({tell(item) for item in differences if item.explanation})),
        problems=tuple(problems),
        peer_cpu_s=theirs.cpu_s,
        ferrule_cpu_s=ours.cpu_s,
        again_cpu_s=again.cpu_s,
        crates=len(ours.compiled & locked.keys()),
        crates_again=len(again.compiled & locked.keys()),
    )


def _find_problems(
    project: Project, printed: str, compiled: Iterable[str]
) -> Iterator[str]:
    if names := ", ".join(sorted(compiled)):
        yield f"compiled again: {names}"
    if project.answer not in printed:
        yield f"`{project.answer}` is not in what it printed: {printed.strip()}"


def _describe(difference: Difference) -> str:
    left, right = difference.left, difference.right
    return f"{difference.kind} {difference.name}: {left!r} became {right!r}"


def _name_backend(project: Project, wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (
            name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")
        )
        lines = archive.read(name).decode().splitlines()
    (generator,) = (line for line in lines if line.startswith("Generator:"))
    if "maturin" in generator:
        return generator.partition(":")[2].translate({40: None, 41: None}).strip()
    # setuptools writes the file, also for setuptools-rust.
    pins = dict(item.split("==") for item in project.constraints)
    return f"setuptools-rust {pins['setuptools-rust']}"
