"""Build real projects with their own backend and with ferrule, and compare."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.corpus import page
from tests.corpus.table import Project, read_projects
from tests.corpus.trial import Trial, read_stored, store, try_project
from tests.corpus.workplace import Workplace, make_workplace


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the projects; return 1 if one of them does not pass."""
    options = _parse(arguments)
    projects = _choose(options.names)
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        return _run(projects, options, options.keep.resolve())
    folder = Path(tempfile.mkdtemp(prefix="ferrule-corpus-"))
    try:
        return _run(projects, options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(projects: Sequence[Project], options: argparse.Namespace, folder: Path) -> int:
    place = make_workplace(folder, reuses_peers=not options.fresh)

    def attempt(project: Project) -> Trial:
        own = Path(tempfile.mkdtemp(prefix=f"{project.name}-", dir=folder))
        trial = try_project(project, own, place)
        store(trial, place)
        _report(trial)
        if options.keep is None:
            shutil.rmtree(own, ignore_errors=True)
        return trial

    with ThreadPoolExecutor(options.jobs) as pool:
        trials = list(pool.map(attempt, projects))
    newest = [read_stored(project, place) for project in read_projects()]
    known = [trial for trial in newest if trial is not None]
    if len(known) == len(newest):
        page.write(known, _describe_machine(place))
    passed = sum(not trial.problems for trial in trials)
    print(f"{passed} of {len(trials)} projects pass")
    return 0 if passed == len(trials) else 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.corpus", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="only these, such as `rpds-py` or `rpds-py==0.18.1`",
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="projects at the same time"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="build with the other backends again, too"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep wheels and logs there"
    )
    return parser.parse_args(arguments)


def _choose(names: Sequence[str]) -> list[Project]:
    projects = read_projects()
    known = {word for item in projects for word in (item.name, item.identity)}
    unknown = sorted(set(names) - known)
    if unknown:
        sys.exit(f"not in tests/corpus/projects.toml: {', '.join(unknown)}")
    return [
        item
        for item in projects
        if not names or item.name in names or item.identity in names
    ]


def _report(trial: Trial) -> None:
    verdict = "does not pass" if trial.problems else "passes"
    numbers = (
        f"{trial.peer_cpu_s:.1f} s by its own backend, {trial.ferrule_cpu_s:.1f} s by "
        f"ferrule, {trial.again_cpu_s:.1f} s again"
    )
    lines = [f"{trial.project} {verdict}: {numbers}"]
    lines += [f"  {problem}" for problem in trial.problems]
    lines += [f"  explained: {reason}" for reason in trial.reasons]
    print("\n".join(lines), flush=True)


def _describe_machine(place: Workplace) -> str:
    return (
        f"Built with CPython {platform.python_version()} and {place.rustc} on "
        f"{platform.system()} {platform.machine()}."
    )


if __name__ == "__main__":
    sys.exit(main())
