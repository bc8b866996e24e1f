from __future__ import annotations

import sys

import pytest

from ferrule.errors.publishing import RepositoryError
from ferrule.publishing.connection import install_command, open_connection
from ferrule.publishing.destination import Destination


@pytest.mark.parametrize(
    ("prefix", "command"),
    [
        ("/home/me/.local/pipx/venvs/ferrule", 'pipx inject ferrule "twine"'),
        (
            r"C:\Users\me\AppData\Roaming\uv\tools\ferrule",
            'uv tool install ferrule --with "twine"',
        ),
        ("/srv/venv", '-m pip install "twine"'),
    ],
)
def test_the_command_that_installs_fits_the_environment(monkeypatch, prefix, command):
    monkeypatch.setattr(sys, "prefix", prefix)
    assert install_command("twine").endswith(command)


def test_twine_knows_the_public_indexes_and_their_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    first = open_connection(Destination(), timeout_s=1)
    other = open_connection(Destination(repository="testpypi"), timeout_s=1)
    assert first.url.startswith("https://")
    assert first.url != other.url
    assert first.web_root.startswith("https://")
    assert first.web_root != other.web_root
    mine = open_connection(Destination(repository_url="http://h/"), timeout_s=1)
    assert mine.web_root == ""


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        (Destination(repository="nowhere", source="--repository"), "(--repository)"),
        (Destination(repository_url="ftp://h/"), "Invalid repository URL"),
        (Destination(config_file="/missing/pypirc"), "No such file"),
    ],
)
def test_an_index_that_is_not_known_is_an_error(destination, words):
    with pytest.raises(RepositoryError) as caught:
        open_connection(destination, timeout_s=1)
    assert words in str(caught.value)
    assert "--repository-url URL" in str(caught.value)
