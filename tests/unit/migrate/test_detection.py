from __future__ import annotations

import pytest

from ferrule.errors.migrate import (
    BothTablesError,
    NoPeerProjectError,
    OwnBackendError,
)
from ferrule.migrate.detection import find_peer, find_root
from ferrule.toml_text import parse

SETUP = "from setuptools_rust import RustExtension\nsetup(rust_extensions=[1])\n"


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ('[build-system]\nbuild-backend = "maturin"', "maturin"),
        ('[build-system]\nbuild-backend = "maturin.bootstrap"', "maturin"),
        ("[tool.maturin]", "maturin"),
        ('[build-system]\nbuild-backend = "ferrule"\n[tool.maturin]', "maturin"),
        ("[[tool.setuptools-rust.bins]]", "setuptools-rust"),
        ('[build-system]\nrequires = ["setuptools_rust"]', "setuptools-rust"),
        ('[build-system]\nbuild-backend = "ferrule"', None),
        ('[build-system]\nbuild-backend = "ferrule.setuptools"', None),
    ],
    ids=str,
)
def test_the_peer_of_a_project(tmp_path, text, peer):
    assert find_peer(tmp_path, parse(text)) == peer


def test_a_setup_py_alone_is_a_project(tmp_path):
    (tmp_path / "setup.py").write_text(SETUP)
    assert find_peer(tmp_path, None) == "setuptools-rust"


def test_a_project_of_another_backend(tmp_path):
    with pytest.raises(NoPeerProjectError) as caught:
        find_peer(tmp_path, parse('[build-system]\nbuild-backend = "hatchling.build"'))
    assert str(caught.value) == (
        f"there is no project of maturin or setuptools-rust in {tmp_path}\n"
        '  build-backend is "hatchling.build"\n'
        "  nothing there speaks of maturin or setuptools-rust\n"
        "  fix: name the folder that holds pyproject.toml or setup.py: "
        "ferrule migrate FOLDER"
    )


def test_two_tables(tmp_path):
    with pytest.raises(BothTablesError) as caught:
        find_peer(tmp_path, parse("[tool.ferrule]\n[tool.maturin]"))
    path = tmp_path / "pyproject.toml"
    assert str(caught.value) == (
        f"{path} has both [tool.ferrule] and [tool.maturin]\n"
        "  ferrule reads [tool.ferrule] only and ignores [tool.maturin]\n"
        "  fix: move what you still need out of [tool.maturin] and remove it, or "
        "remove [tool.ferrule] and run `ferrule migrate` again"
    )


def test_a_backend_of_the_project_s_own(tmp_path):
    text = """
    [build-system]
    requires = ["maturin"]
    build-backend = "build"
    backend-path = ["tools"]
    """
    with pytest.raises(OwnBackendError) as caught:
        find_peer(tmp_path, parse(text))
    assert str(caught.value).splitlines()[1:3] == [
        "  backend-path = ['tools']",
        "  what this code adds to the build cannot be translated",
    ]


def test_the_project_is_searched_upwards(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_root(tmp_path / "a" / "b") == tmp_path


def test_nothing_is_found_above_the_repository(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a" / ".git").mkdir(parents=True)
    with pytest.raises(NoPeerProjectError, match=r"none of pyproject\.toml, setup\.py"):
        find_root(tmp_path / "a")
