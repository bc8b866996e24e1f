from __future__ import annotations

import builtins
import json
import sys

import pytest

from ferrule.cli import main
from ferrule.migrate import proof as proof_module
from ferrule.migrate.proof import Proof
from ferrule.wheel.comparison import Difference

TEXT = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
EXPLAINED = Difference("file", "a.pyc", "a.pyc", None, "not needed")
UNEXPLAINED = Difference("metadata", "Summary", "a", "b")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a project that nothing is known about, for want of cargo."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("FERRULE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "pyproject.toml").write_text(TEXT)
    (tmp_path / "Makefile").write_text("all:\n\tmaturin develop\n")
    return tmp_path


@pytest.fixture
def proven(monkeypatch):
    """Let the builds have given these differences."""

    def give(*differences):
        found = Proof("maturin 1", "ferrule 1", ("a.whl", "b.whl"), differences, ())
        monkeypatch.setattr(proof_module, "prove", lambda *_, **__: found)

    return give


@pytest.fixture
def terminal(monkeypatch):
    """Sit at a terminal and give an answer."""

    def answer(text):
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(builtins, "input", lambda _: text)

    return answer


def is_migrated(project):
    return "ferrule" in (project / "pyproject.toml").read_text()


def test_without_a_terminal_the_diff_is_shown(project, capsys):
    assert main(["migrate"]) == 1
    out = capsys.readouterr().out
    assert '-build-backend = "maturin"\n+requires = ["ferrule>=' in out
    assert "Makefile:2: maturin develop\n      run `pip install -e .` instead" in out
    assert "this is no terminal to ask on. Use --yes" in out
    assert not is_migrated(project)


def test_a_proven_migration_is_written(project, proven, capsys):
    proven(EXPLAINED)
    assert main(["migrate", "--yes", "--force"]) == 0
    out = capsys.readouterr().out
    assert "before: maturin 1: a.whl\nafter:  ferrule 1: b.whl\n" in out
    assert "wheel: 1 differences, 0 unexplained" in out
    assert "    ok  file a.pyc\n        only before\n        not needed" in out
    assert "sdist: equal" in out
    assert out.endswith("migrated from maturin: pyproject.toml\n")
    assert is_migrated(project)
    assert main(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_check_writes_nothing(project, proven, capsys):
    proven(EXPLAINED)
    assert main(["migrate", "--check"]) == 0
    assert capsys.readouterr().out.endswith(
        "proven equal; nothing was written (--check)\n"
    )
    proven(EXPLAINED, UNEXPLAINED)
    assert main(["migrate", "--check"]) == 1
    out = capsys.readouterr().out
    assert "wheel: 2 differences, 1 unexplained" in out
    assert "  DIFF  metadata Summary\n        a -> b\n" in out
    assert not is_migrated(project)


def test_differences_keep_it_from_being_written(project, proven, monkeypatch):
    monkeypatch.setattr(
        "ferrule.migrate.tracking.refuse_unsafe_changes", lambda *_: None
    )
    proven(UNEXPLAINED)
    assert main(["migrate", "--yes"]) == 1
    assert not is_migrated(project)
    assert main(["migrate", "--yes", "--force"]) == 0
    assert is_migrated(project)


def test_what_git_does_not_hold_is_not_changed(project, proven, capsys):
    proven()
    assert main(["migrate", "--yes"]) == 6
    assert "is in no git repository" in capsys.readouterr().err
    assert not is_migrated(project)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_it_asks(project, proven, terminal, answer, code, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    proven()
    terminal(answer)
    assert main(["migrate", "--force"]) == code
    assert is_migrated(project) == (code == 0)


def test_without_proof_nothing_is_built(project):
    assert main(["migrate", "--yes", "--force", "--no-proof"]) == 0
    assert is_migrated(project)


def test_check_needs_the_proof(project, capsys):
    assert main(["migrate", "--check", "--no-proof"]) == 2
    assert "--check without a proof would check nothing" in capsys.readouterr().err


def test_json(project, proven, capsys):
    proven(UNEXPLAINED)
    assert main(["migrate", "--check", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["peer"] == "maturin"
    assert answer["changes"][0]["file"] == "pyproject.toml"
    assert answer["changes"][0]["action"] == "change"
    assert answer["hints"][0]["line"] == 2
    assert answer["written"] is False
    assert answer["proof"]["equal"] is False
    assert answer["proof"]["wheel"][0]["name"] == "Summary"
    (project / "pyproject.toml").write_text(TEXT.replace("maturin", "ferrule"))
    assert main(["migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["peer"] is None


def test_colours_on_demand(project, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["migrate"])
    assert '\033[31m-build-backend = "maturin"\033[0m' in capsys.readouterr().out
