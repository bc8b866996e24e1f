from __future__ import annotations

import pytest

from ferrule.errors.setuptools_project import SetupCodeError
from ferrule.errors.usage import UsageError
from ferrule.migrate.planning import plan_migration
from ferrule.toml_text import parse

ENV = {"PATH": ""}
SETUP = """\
from setuptools import setup
from setuptools_rust import Binding, RustExtension

setup(
    name="pack",
    version="1.0",
    packages=["pack"],
    rust_extensions=[RustExtension("pack._x", binding=Binding.PyO3)],
)
"""


@pytest.fixture
def setuptools_project(tmp_path):
    (tmp_path / "setup.py").write_text(SETUP)
    (tmp_path / "setup.cfg").write_text(
        "[metadata]\nlicense = MIT\n\n[flake8]\na = 1\n"
    )
    (tmp_path / "MANIFEST.in").write_text("include Cargo.toml\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "pack"\n')
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").touch()
    return tmp_path


def test_only_pyproject_of_a_maturin_project_changes(tmp_path):
    text = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    migration = plan_migration(tmp_path, env=ENV)
    assert migration is not None
    (change,) = migration.changes
    assert (migration.peer, change.name, change.before) == (
        "maturin",
        "pyproject.toml",
        text,
    )


def test_a_compatibility_that_holds_for_more_builds_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.maturin]\nmanylinux = "2014"\n')
    migration = plan_migration(tmp_path, env=ENV)
    assert migration is not None
    (note,) = migration.notes
    assert note.startswith("`compatibility` holds for `pip install` of the sources")


def test_a_migrated_project_has_nothing_to_do(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[build-system]\nbuild-backend="ferrule"')
    assert plan_migration(tmp_path, env=ENV) is None


def test_the_files_of_setuptools_go(setuptools_project):
    migration = plan_migration(setuptools_project, env=ENV)
    assert migration is not None
    after = {change.name: change.after for change in migration.changes}
    assert after["setup.py"] is None
    assert after["MANIFEST.in"] is None
    assert after["setup.cfg"] == "[flake8]\na = 1\n"
    document = parse(after["pyproject.toml"])
    assert document["project"]["name"] == "pack"
    assert document["tool"]["ferrule"]["module-name"] == "pack._x"
    assert not any("ferrule migrate" in note for note in migration.notes)


def test_a_setup_py_that_must_run_is_explained(setuptools_project):
    (setuptools_project / "setup.py").write_text(
        SETUP.replace('"1.0"', "open('version').read()")
    )
    with pytest.raises(SetupCodeError, match="`ferrule migrate --setuptools` writes"):
        plan_migration(setuptools_project, env=ENV)


@pytest.mark.parametrize(
    ("given", "backend"),
    [
        ("", "ferrule.setuptools:__legacy__"),
        ("setuptools.build_meta", "ferrule.setuptools"),
        ("setuptools.build_meta:__legacy__", "ferrule.setuptools:__legacy__"),
    ],
)
def test_a_setup_py_that_must_run_stays(setuptools_project, given, backend):
    if given:
        text = f'[build-system]\nrequires = []\nbuild-backend = "{given}"\n'
        (setuptools_project / "pyproject.toml").write_text(text)
    migration = plan_migration(setuptools_project, env=ENV, runs_setup=True)
    assert migration is not None
    assert migration.runs_setup
    (change,) = migration.changes
    assert change.after == (
        '[build-system]\nrequires = ["ferrule[setuptools]>=0.1,<0.2"]\n'
        f'build-backend = "{backend}"\n'
    )


def test_a_maturin_project_has_no_setup_py_to_run(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.maturin]\n")
    with pytest.raises(UsageError, match="this is maturin's"):
        plan_migration(tmp_path, env=ENV, runs_setup=True)
