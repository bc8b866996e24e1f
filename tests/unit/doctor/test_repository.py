import os
import subprocess

import pytest

from ferrule.doctor.repository import check_ignored, find_ignored


@pytest.fixture
def repository(tmp_path, write):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    write(".gitignore", "/lost.toml\n*.so\n")
    return tmp_path


def test_what_git_ignores(repository, write):
    paths = [write(name, "") for name in ("lost.toml", "kept.toml", "a b/ü.so")]
    found = find_ignored(repository, paths, os.environ)
    assert found == {paths[0], paths[2]}
    assert find_ignored(repository, [], os.environ) == frozenset()


def test_tracked_files_are_not_ignored(repository, write):
    path = write("lost.toml", "")
    subprocess.run(["git", "-C", repository, "add", "-f", path], check=True)
    assert find_ignored(repository, [path], os.environ) == frozenset()


def test_no_repository_and_no_git(tmp_path, repository):
    assert find_ignored(repository, [], {"PATH": ""}) is None
    (repository / "PKG-INFO").write_text("")
    assert find_ignored(repository, [], os.environ) is None


def test_needed_file_that_is_ignored(repository, write):
    path = write("sub/Cargo.toml", "")
    gone = repository / "target"
    (found,) = check_ignored(repository, [path], gone, frozenset({path}))
    assert found.what == "git ignores what builds need: sub/Cargo.toml"
    assert found.remedy == ("git add -f sub/Cargo.toml",)
    assert check_ignored(repository, [path], gone, None) == []


def test_target_directory_that_git_keeps(repository):
    target = repository / "target"
    target.mkdir()
    (found,) = check_ignored(repository, [], target, frozenset())
    found.fix.apply()
    assert (repository / ".gitignore").read_text() == "/lost.toml\n*.so\n/target/\n"
    ignored = find_ignored(repository, [target], os.environ)
    assert check_ignored(repository, [], target, ignored) == []


def test_target_directory_outside_of_the_repository(repository, tmp_path_factory):
    target = tmp_path_factory.mktemp("target")
    assert check_ignored(repository, [], target, frozenset()) == []
