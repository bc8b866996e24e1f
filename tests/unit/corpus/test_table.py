from __future__ import annotations

import re

from tests.corpus.table import read_projects


def test_each_project_is_pinned():
    projects = read_projects()

    assert len({project.identity for project in projects}) == len(projects) >= 16
    assert all(re.fullmatch("[0-9a-f]{64}", project.sha256) for project in projects)
    assert len({project.sha256 for project in projects}) == len(projects)


def test_own_constraint_wins_over_the_common_one():
    (typos,) = (project for project in read_projects() if project.name == "typos")

    found = [item for item in typos.constraints if item.startswith("maturin==")]
    assert found == ["maturin==1.14.1"]
    assert "wheel==0.48.0" in typos.constraints
