from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from ferrule.errors.migrate import UnsafeChangeError
from ferrule.migrate.changes import FileChange
from ferrule.migrate.tracking import refuse_unsafe_changes

CHANGES = [FileChange("pyproject.toml", "a", "b"), FileChange("new", None, "x")]
IDENTITY = ["-c", "user.name=n", "-c", "user.email=n@example.org"]


@pytest.fixture
def repository(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    (tmp_path / "pyproject.toml").write_text("a")
    for words in (["init", "-q"], ["add", "."], [*IDENTITY, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    return tmp_path


def test_a_committed_file_may_change(repository):
    refuse_unsafe_changes(repository, CHANGES, os.environ)


def test_uncommitted_changes_would_be_lost(repository):
    (repository / "pyproject.toml").write_text("b")
    with pytest.raises(UnsafeChangeError) as caught:
        refuse_unsafe_changes(repository, CHANGES, os.environ)
    assert str(caught.value) == (
        "nothing was written: the present state of these files could not be restored\n"
        "  pyproject.toml has changes that are not committed\n"
        "  fix: commit them first, or repeat the command with --force"
    )


@pytest.mark.parametrize("ignored", [False, True])
def test_an_untracked_file_would_be_lost(repository, ignored):
    (repository / "setup.py").write_text("x")
    if ignored:
        (repository / ".gitignore").write_text("setup.py\n")
    with pytest.raises(UnsafeChangeError, match=r"setup.py is not tracked by git"):
        refuse_unsafe_changes(
            repository, [FileChange("setup.py", "x", None)], os.environ
        )


def test_without_git_nothing_could_be_restored(tmp_path):
    with pytest.raises(UnsafeChangeError) as caught:
        refuse_unsafe_changes(tmp_path, CHANGES, os.environ)
    assert caught.value.why == (
        f"{tmp_path} is in no git repository",
        "would change: pyproject.toml",
    )


def test_a_git_that_does_not_run_is_told(repository):
    with pytest.raises(UnsafeChangeError, match="git does not run"):
        refuse_unsafe_changes(repository, CHANGES, {"PATH": ""})
