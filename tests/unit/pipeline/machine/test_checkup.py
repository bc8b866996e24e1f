"""Examinations of folders in which cargo cannot be asked."""

import pytest

from ferrule.pipeline.machine.checkup import examine
from ferrule.pipeline.request import Request


@pytest.fixture
def look(tmp_path):
    """Return a function that examines a folder without cargo and without PATH."""

    def make(**env):
        home = tmp_path.parent / f"{tmp_path.name}-home"
        values = {
            "PATH": "",
            "HOME": str(home),
            "CARGO_HOME": str(home / "cargo"),
            "FERRULE_CACHE_DIR": str(home / "cache"),
            # The search for interpreters is tested elsewhere.
            "PYO3_NO_PYTHON": "1",
            **env,
        }
        home.mkdir(exist_ok=True)
        found = examine(Request(start=tmp_path, env=values))
        return found, {item.id: item for item in reversed(found.findings)}

    return make


@pytest.fixture(autouse=True)
def no_interpreters(monkeypatch):
    from ferrule.python import discovery

    monkeypatch.setattr(discovery, "find_candidates", lambda _: [])


def test_folder_without_project(look):
    found, by_id = look()
    assert found.root is None
    assert by_id["project"].severity == "ok"
    assert by_id["rust-toolchain"].severity == "error"
    assert found.findings[0].severity == "error"


def test_project_of_another_language_is_none(look, tmp_path):
    text = '[project]\nname = "x"\n[build-system]\nrequires = ["hatchling"]\n'
    (tmp_path / "pyproject.toml").write_text(text)
    assert look()[1]["project"].severity == "ok"


def test_project_without_manifest_is_broken(look, tmp_path):
    text = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    found = look()[1]["project"]
    assert (found.severity, found.what) == ("error", "no Cargo.toml was found")


def test_invalid_pyproject_is_a_finding_and_the_machine_is_examined(look, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project\n")
    _, by_id = look()
    assert by_id["project"].severity == "error"
    assert "cache" in by_id
    assert "linker-cross" not in by_id


def test_project_is_examined_without_cargo(look, tmp_path):
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "x"\nversion = "1.0.0"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n'
        '[build-system]\nrequires = []\nbuild-backend = "ferrule"\n[tool.uv]\n'
    )
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text("[")
    found, by_id = look(PYO3_PYTHON="/gone")
    assert found.root == tmp_path
    assert by_id["project-backend"].severity == "error"
    assert by_id["project-cache-keys"].fix is not None
    assert by_id["cargo-config-broken"].severity == "error"
    assert by_id["drift-variables"].severity == "note"


def test_check_that_fails_is_a_finding(look, monkeypatch):
    from ferrule.doctor import caches

    def fail(env):
        raise PermissionError(13, "Permission denied", "/x")

    monkeypatch.setattr(caches, "check_cache", fail)
    found = look()[1]["check-failed"]
    assert found.severity == "warning"
    assert found.what.startswith("the cache could not be examined: [Errno 13]")
