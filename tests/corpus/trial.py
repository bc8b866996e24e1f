"""One project, tried in every way: what the page says about it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ferrule.wheel.comparison import Difference, compare_wheels
from tests.corpus.building import Built, build_by_ferrule, build_by_peer, install
from tests.corpus.reasons import explain, tell
from tests.corpus.sdists import fetch, repack, unpack
from tests.corpus.table import Project
from tests.corpus.workplace import CommandError, Workplace

__all__ = ["Trial", "try_project"]


@dataclass(frozen=True)
class Trial:
    """What came out for one project."""

    project: str
    shows: str
    generator: str = ""
    """The `Generator` line of the wheel by the project's own backend."""
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
    if not ours.compiled:
        problems.append("no crate was compiled by the first build")
    problems += _find_problems(project, again, printed)
    return Trial(
        project=project.identity,
        shows=project.shows,
        generator=_read_generator(theirs.wheel),
        pyo3=_find_pyo3(ours),
        wheel=ours.wheel.name,
        reasons=tuple(sorted({tell(item) for item in differences if item.explanation})),
        problems=tuple(problems),
        peer_cpu_s=theirs.cpu_s,
        ferrule_cpu_s=ours.cpu_s,
        again_cpu_s=again.cpu_s,
        crates=len(ours.compiled),
        crates_again=len(again.compiled),
    )


def _find_problems(project: Project, again: Built, printed: str) -> Iterator[str]:
    if again.compiled:
        names = ", ".join(name for name, _ in again.compiled)
        yield f"compiled again: {names}"
    if project.answer not in printed:
        yield f"`{project.answer}` is not in what it printed: {printed.strip()}"


def _describe(difference: Difference) -> str:
    left, right = difference.left, difference.right
    return f"{difference.kind} {difference.name}: {left!r} became {right!r}"


def _read_generator(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (
            name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")
        )
        lines = archive.read(name).decode().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if "Generator:" in line), ""
    )


def _find_pyo3(built: Built) -> str:
    versions = dict(built.compiled)
    return versions.get("pyo3") or versions.get("pyo3-ffi") or ""
