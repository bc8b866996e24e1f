"""Published projects: the same wheel as the project's own backend makes.

The quick ones of `tests/corpus`; `python -m tests.corpus` tries them all.
"""

from __future__ import annotations

import pytest

from tests.corpus.table import read_projects
from tests.corpus.trial import try_project
from tests.corpus.workplace import make_workplace

pytestmark = [pytest.mark.build, pytest.mark.network]

PROJECTS = [project for project in read_projects() if project.is_quick]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """Return a workplace with a wheel of this ferrule."""
    return make_workplace(tmp_path_factory.mktemp("corpus"))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.identity)
def test_wheel_equals_that_of_the_own_backend_and_installs(
    project, workplace, tmp_path
):
    trial = try_project(project, tmp_path, workplace)

    assert not trial.problems, "\n".join(trial.problems)
