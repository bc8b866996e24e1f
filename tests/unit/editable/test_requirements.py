"""Which requirements are missing, found out without pip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.editable.environment import Environment
from ferrule.editable.requirements import check_python, missing_requirements
from ferrule.errors.editable import PythonNotAllowedError, UnknownExtraError
from ferrule.project.core_metadata import CoreMetadata
from tests.unit.conftest import INTERPRETER


@pytest.fixture
def site(tmp_path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


def environment(site: Path, **changes) -> Environment:
    facts = replace(INTERPRETER, site_packages=(str(site),), **changes)
    return Environment(facts, "test")


def add(site: Path, name: str, version: str, *requires: str, direct_url="") -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {item}" for item in requires]
    (folder / "METADATA").write_text("\n".join([*lines, "", "Requires-Dist: no"]))
    if direct_url:
        (folder / "direct_url.json").write_text(direct_url)


@pytest.fixture
def ask(site, tmp_path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}

    def missing(*requires: str, extras=(), further=(), provides=(), **facts):
        metadata = CoreMetadata(
            "My.Project", "1.0", requires_dist=requires, provides_extra=provides
        )
        return missing_requirements(
            metadata,
            environment(site, **facts),
            extras=extras,
            further=further,
            env=env,
        )

    return missing


@pytest.mark.parametrize(
    ("installed", "requirement", "is_missing"),
    [
        (("Attrs", "23.1"), "attrs", False),
        (("zope.interface", "5"), "Zope_Interface>=4", False),
        (("attrs", "23.1"), "attrs>=24", True),
        (("attrs", "24.0rc1"), "attrs>=23", False),
        (("attrs", "1.0+local"), "attrs==1.0", False),
        (("attrs", "not-a-version"), "attrs>=1", True),
        (("other", "1"), "attrs", True),
    ],
)
def test_versions(site, ask, installed, requirement, is_missing) -> None:
    add(site, *installed)
    assert bool(ask(requirement)) is is_missing


def test_an_egg_counts_as_installed(site, ask) -> None:
    (site / "Old_Style-2.1-py3.12.egg-info").mkdir()
    assert ask("old-style>=2") == []
    (site / "linked.egg-link").write_text("/somewhere\n.")
    assert ask("linked") == []


def test_markers_are_those_of_the_environment(ask) -> None:
    wanted = (
        'old; python_version < "3.8"',
        'pypy; implementation_name == "pypy"',
        'here; python_full_version == "3.12.1"',
    )
    assert ask(*wanted) == ["here"]
    found = ask(*wanted, implementation="PyPy", implementation_version=(7, 3))
    assert found == ["pypy", "here"]


def test_extras_and_groups(site, ask) -> None:
    requires = ('plots-lib; extra == "plots"', 'all-lib; extra == "all"')
    known = ("plots", "all")
    assert ask(*requires, provides=known) == []
    assert ask(*requires, provides=known, extras=["Plots"]) == ["plots-lib"]
    assert ask(further=["pytest>=8"]) == ["pytest>=8"]
    with pytest.raises(UnknownExtraError) as caught:
        ask(*requires, provides=known, extras=["plot"])
    assert 'no extra "plot" in this project (did you mean "plots"?)' in str(
        caught.value
    )


def test_a_project_that_requires_its_own_extras(ask) -> None:
    requires = (
        'one; extra == "a"',
        'two; extra == "b"',
        'my-project[a,b]; extra == "all"',
    )
    found = ask(*requires, provides=("a", "b", "all"), extras=["all"])
    assert found == ["one", "two"]


def test_an_extra_of_a_requirement_is_looked_into(site, ask) -> None:
    add(site, "dask", "2", "numpy; extra == 'array'", "cloudpickle")
    assert ask("dask") == []
    assert ask("dask[array]>=1") == ["dask[array]>=1"]
    add(site, "numpy", "2.0")
    assert ask("dask[array]>=1") == []


def test_a_requirement_by_url(site, ask) -> None:
    url = "https://example.org/a-1.0.zip"
    add(site, "a", "1.0", direct_url=f'{{"url": "{url}", "archive_info": {{}}}}')
    assert ask(f"a @ {url}") == []
    assert ask(f"a @ {url}#sha256=00") == []
    assert ask("a @ https://example.org/a-1.1.zip") != []
    vcs = '{"vcs": "git", "requested_revision": "v1", "commit_id": "abc"}'
    text = f'{{"url": "https://example.org/b.git", "vcs_info": {vcs}}}'
    add(site, "b", "1.0", direct_url=text)
    assert ask("b @ git+https://example.org/b.git@v1") == []
    assert ask("b @ git+https://example.org/b.git@v2") != []


def test_what_is_satisfied_is_remembered_until_something_is_removed(
    site, ask, monkeypatch
) -> None:
    import packaging.requirements

    add(site, "attrs", "23.1")
    assert ask("attrs") == []

    def refuse(text):
        raise AssertionError(text)

    with monkeypatch.context() as patch:
        patch.setattr(packaging.requirements, "Requirement", refuse)
        assert ask("attrs") == []
    for path in (site / "attrs-23.1.dist-info").iterdir():
        path.unlink()
    (site / "attrs-23.1.dist-info").rmdir()
    assert ask("attrs") == ["attrs"]


def test_a_requirement_that_is_none_is_left_to_the_installer(ask) -> None:
    assert ask("!!") == ["!!"]


def test_requires_python_is_checked(site, tmp_path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    check_python(None, environment(site), env=env)
    check_python(">=3.9", environment(site), env=env)
    check_python(">=3.9", environment(site), env=env)
    for _ in range(2):
        with pytest.raises(PythonNotAllowedError) as caught:
            check_python(">=3.13", environment(site), env=env)
    text = str(caught.value)
    assert "Python 3.12.1 does not satisfy requires-python = '>=3.13'" in text
