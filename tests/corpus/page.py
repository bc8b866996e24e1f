"""docs/compatibility.md: the table of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.corpus.trial import Trial
from tests.corpus.workplace import PROFILE, REPOSITORY

__all__ = ["PAGE", "render", "write"]

PAGE: Final = REPOSITORY / "docs" / "compatibility.md"

_HEAD: Final = """# Compatibility with real projects

Sdists as they were published, built by the project's own backend and by ferrule,
each through pip in an isolated environment. For ferrule only the backend lines of
`pyproject.toml` were changed: `build-backend`, and the peer's name in `requires`.

This page is written by

<!-- not run: takes about forty minutes -->
```console
$ python -m tests.corpus
```

in the root of the repository, with the extra `test` installed, and with the
header files of OpenSSL (`libssl-dev`) and `pkg-config` for cryptography. With names
of projects only these are tried, and the other rows stay as they were; `--jobs N`
tries N projects at the same time; `--keep FOLDER` keeps wheels and logs. The sdists
and the other backends' wheels stay in the cache folder of the user, so the next run
only costs ferrule's side; `--fresh` builds both again. CPU seconds are those of
single runs, on a machine that had other work too: they scatter by a quarter.
"""

_COLUMNS: Final = (
    "Project",
    "What it shows",
    "Own backend",
    "PyO3",
    "Wheels",
    "Own backend, CPU s",
    "ferrule, CPU s",
    "Again, CPU s",
    "Dependencies compiled, again",
)
_NUMBERS: Final = 4


def write(trials: Sequence[Trial], facts: str, path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(render(trials, facts), encoding="utf-8")


def render(trials: Sequence[Trial], facts: str) -> str:
    """Return the page for these results; `facts` names machine and versions."""
    reasons = sorted({reason for trial in trials for reason in trial.reasons})
    marks = {reason: f"{number}" for number, reason in enumerate(reasons, 1)}
    passed = sum(not trial.problems for trial in trials)
    lines = [_HEAD, "## Results", "", _explain_columns(), ""]
    lines += [f"{passed} of {len(trials)} projects pass. {facts}", ""]
    lines += [_row(_COLUMNS), _row(["---"] * 5 + ["---:"] * _NUMBERS)]
    lines += [_row(_cells(trial, marks)) for trial in trials]
    if reasons:
        lines += ["", "## Differences that are meant", ""]
        lines += [f"{mark}. {_sentence(reason)}" for reason, mark in marks.items()]
    failed = [trial for trial in trials if trial.problems]
    if failed:
        lines += ["", "## What does not pass", ""]
    for trial in failed:
        lines += [f"- {trial.project}: {_first_line(text)}" for text in trial.problems]
    return "\n".join(lines) + "\n"


def _explain_columns() -> str:
    words = "\n".join(f"{name}={value}" for name, value in PROFILE.items())
    return (
        "*Wheels* says how the two wheels compare, member by member: names, contents\n"
        "and permissions of the files, METADATA header by header, tags, entry points,\n"
        "and of compiled files the exported `PyInit_*` and the needed libraries. The\n"
        "numbers refer to the differences explained below. *Again* is\n"
        "`pip install --no-binary`, in a fresh environment, of what was built before;\n"
        "then the installed module is imported and used, or the program started.\n"
        "To save time both sides are compiled without optimisation:\n\n"
        f"```sh\n{words}\n```\n\n"
        "CPU seconds are those of the whole front end, user and system; they vary by\n"
        "a tenth and more with what else the machine does."
    )


def _cells(trial: Trial, marks: dict[str, str]) -> list[str]:
    if trial.problems:
        wheels = "**does not pass**"
    else:
        numbers = ", ".join(sorted((marks[item] for item in trial.reasons), key=int))
        wheels = f"equal but for {numbers}" if numbers else "equal"
    return [
        trial.project.replace("==", " "),
        trial.shows,
        trial.backend,
        trial.pyo3 or "-",
        wheels,
        f"{trial.peer_cpu_s:.0f}",
        f"{trial.ferrule_cpu_s:.0f}",
        f"{trial.again_cpu_s:.1f}",
        f"{trial.crates}, {trial.crates_again}",
    ]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]
