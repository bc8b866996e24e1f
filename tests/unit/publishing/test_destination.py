from __future__ import annotations

import pytest

from ferrule.publishing.destination import Destination, choose_destination


def choose(env, *, has_repository=False, **options):
    own = Destination(**options)
    return choose_destination(own, env, has_repository=has_repository)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, ("pypi", "", "the default")),
        ({"TWINE_REPOSITORY": "a"}, ("a", "", "TWINE_REPOSITORY")),
        (
            {"TWINE_REPOSITORY": "a", "TWINE_REPOSITORY_URL": "http://t/"},
            ("pypi", "http://t/", "TWINE_REPOSITORY_URL"),
        ),
        ({"UV_PUBLISH_URL": "http://u/"}, ("pypi", "http://u/", "UV_PUBLISH_URL")),
        ({"MATURIN_REPOSITORY": "m"}, ("m", "", "MATURIN_REPOSITORY")),
        (
            {"MATURIN_REPOSITORY_URL": "http://m/", "TWINE_REPOSITORY": "a"},
            ("a", "", "TWINE_REPOSITORY"),
        ),
    ],
)
def test_variables_choose_the_index(env, expected):
    found = choose(env)
    assert (found.repository, found.repository_url, found.source) == expected


def test_an_option_wins_over_every_variable():
    env = {"TWINE_REPOSITORY_URL": "http://t/", "UV_PUBLISH_URL": "http://u/"}
    found = choose(env, has_repository=True, repository="mine", source="--repository")
    assert (found.repository, found.repository_url) == ("mine", "")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, ("", "", "")),
        ({"TWINE_PASSWORD": "p"}, ("", "p", "TWINE_PASSWORD")),
        (
            {"TWINE_USERNAME": "u", "TWINE_PASSWORD": "p", "UV_PUBLISH_TOKEN": "t"},
            ("u", "p", "TWINE_PASSWORD"),
        ),
        ({"UV_PUBLISH_TOKEN": "t"}, ("__token__", "t", "UV_PUBLISH_TOKEN")),
        ({"MATURIN_PYPI_TOKEN": "t"}, ("__token__", "t", "MATURIN_PYPI_TOKEN")),
        (
            {"MATURIN_USERNAME": "m", "MATURIN_PASSWORD": "p"},
            ("m", "p", "MATURIN_PASSWORD"),
        ),
        ({"MATURIN_USERNAME": "m"}, ("m", "", "")),
    ],
)
def test_variables_give_the_credentials(env, expected):
    found = choose(env)
    assert (found.username, found.password, found.password_source) == expected


def test_a_token_says_itself_whose_it_is():
    assert choose({"UV_PUBLISH_TOKEN": "t"}, username="me").username == "__token__"
    assert choose({"TWINE_PASSWORD": "t"}, username="me").username == "me"


def test_a_piped_password_wins():
    found = choose({"TWINE_PASSWORD": "env", "TWINE_USERNAME": "u"}, password="piped")
    assert (found.username, found.password) == ("u", "piped")


def test_no_secret_is_shown_by_repr():
    env = {"TWINE_PASSWORD": "s3cret", "UV_PUBLISH_URL": "http://me:s3cret@host/"}
    assert "s3cret" not in repr(choose(env))


@pytest.mark.parametrize("name", ["CI", "TWINE_NON_INTERACTIVE"])
def test_nobody_is_asked_where_nobody_watches(name):
    assert choose({name: "0"}, is_interactive=True).is_interactive
    assert not choose({name: "true"}, is_interactive=True).is_interactive


def test_certificates_and_the_check_url_come_from_variables():
    env = {"MATURIN_CA_BUNDLE": "/m", "UV_PUBLISH_CHECK_URL": "http://c/simple"}
    found = choose(env)
    assert (found.certificate, found.check_url) == ("/m", "http://c/simple")
    assert choose({**env, "TWINE_CERT": "/t"}).certificate == "/t"
