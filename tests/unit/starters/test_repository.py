import doctest

from ferrule.starters import repository
from ferrule.starters.rendering import Author
from ferrule.starters.repository import (
    find_author,
    is_in_repository,
    make_repository,
    parse_author,
)


def test_examples_of_the_documentation_hold():
    assert doctest.testmod(repository).failed == 0


def test_authors_are_read_from_git_s_files(tmp_path):
    (tmp_path / ".gitconfig").write_text(
        '[core]\n\tname = no\n[user]\n\tname = "Ann Example"\n\temail = a@b.org\n'
    )
    env = {"HOME": str(tmp_path)}

    assert find_author(env) == Author("Ann Example", "a@b.org")
    assert find_author({**env, "GIT_AUTHOR_NAME": "B"}) == Author("B", "a@b.org")
    assert find_author({"HOME": str(tmp_path / "none")}) is None


def test_authors_without_an_address_and_none():
    assert parse_author("Ann") == Author("Ann")
    assert parse_author("  ") is None


def test_repositories_are_not_nested_and_need_git(tmp_path):
    assert make_repository(tmp_path, {"PATH": ""}) is False
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    assert is_in_repository(inner)
    assert make_repository(inner, {}) is False
