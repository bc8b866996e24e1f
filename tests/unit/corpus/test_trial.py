from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.corpus.table import read_projects
from tests.corpus.trial import Trial, read_stored, store, try_project
from tests.corpus.workplace import CommandError, Workplace, run


@pytest.fixture
def place(tmp_path):
    return Workplace(tmp_path, tmp_path, env={}, rustc="rustc 1.95.0")


def test_results_are_kept_for_the_page(place):
    project = read_projects()[0]
    trial = Trial(project.identity, project.shows, reasons=("a",), problems=("b",))
    assert read_stored(project, place) is None

    store(replace(trial, shows="said differently"), place)

    assert read_stored(project, place) == trial


def test_results_of_another_version_are_ignored(place):
    project = read_projects()[0]
    store(Trial(project.identity, ""), place)
    (path,) = place.cache.glob("trials/*.json")
    path.write_text(json.dumps({"project": project.identity, "old": 1}))

    assert read_stored(project, place) is None


def test_a_failure_is_a_row_of_the_page(place, tmp_path):
    project = replace(read_projects()[0], sha256="0" * 64)
    (place.cache / "sdists").write_text("a file, where a folder belongs")

    trial = try_project(project, tmp_path / "scratch", place)

    assert trial.project == project.identity
    assert [text.partition(":")[0] for text in trial.problems] == ["FileExistsError"]


def test_the_first_line_of_a_failure_names_its_cause(tmp_path: Path):
    script = "echo; echo '  error: no Cargo.toml'; echo 'ERROR: pip'; exit 3"

    with pytest.raises(CommandError) as raised:
        run("/bin/sh", "-c", script, cwd=tmp_path, env={})

    lines = str(raised.value).splitlines()
    assert lines[0] == "error: no Cargo.toml (exit code 3)"
    assert lines[1] == f"$ /bin/sh -c {script}"
    assert lines[-1] == "ERROR: pip"
