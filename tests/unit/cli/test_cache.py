from __future__ import annotations

import json
import os

import pytest

from ferrule import cache
from ferrule.cli import main


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("FERRULE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    cache.write_json(os.environ, "interpreters", "key", 1, label="CPython 3.12.1 /p")
    root = cache.cache_root(os.environ)
    (root / "pyo3-config").mkdir()
    (root / "pyo3-config" / "abc.txt").write_text("version=3.12\n")
    (root / "builds" / "one").mkdir(parents=True)
    (root / "builds" / "one" / "lib.rlib").write_bytes(b"x" * 3 * 1024 * 1024)
    return root


def test_sizes_are_shown_per_section(root, capsys):
    assert main(["cache"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(root)
    assert "  builds            3.1 MB  1 entry" in lines
    assert "  metadata             0 B  0 entries" in lines
    assert lines[-1].split() == ["total", "3.1", "MB"]


def test_entries_are_shown_on_demand(capsys):
    assert main(["cache", "show", "--all", "interpreters"]) == 0
    out = capsys.readouterr().out
    assert "CPython 3.12.1 /p" in out
    assert "builds" not in out
    assert main(["cache", "--all", "show"]) == 0
    assert "CPython 3.12.1 /p" in capsys.readouterr().out


def test_json(root, capsys):
    assert main(["cache", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["folder"] == str(root)
    assert [entry["section"] for entry in data["entries"]] == [
        "interpreters",
        "pyo3-config",
        "builds",
    ]


def test_clear_keeps_configuration_files(root, capsys):
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"removed 2 entries (3.1 MB) from {root}\n"
    assert (root / "pyo3-config" / "abc.txt").exists()
    assert main(["cache", "clear", "--all"]) == 0
    assert capsys.readouterr().out == f"removed 1 entry (13 B) from {root}\n"
    assert not (root / "pyo3-config" / "abc.txt").exists()


def test_one_section_can_be_cleared(root, capsys):
    assert main(["cache", "clear", "builds", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in data["removed"]] == ["one"]
    assert list((root / "builds").iterdir()) == []


def test_an_unknown_section_is_an_error(capsys):
    assert main(["cache", "clear", "build"]) == 2
    err = capsys.readouterr().err
    assert 'the cache has no section "build" (did you mean "builds"?)' in err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["cache", "--help"])
    out = capsys.readouterr().out
    assert "[show | clear]" in out
    assert "ferrule cache clear builds" in out
