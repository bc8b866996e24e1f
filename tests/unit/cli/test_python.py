from __future__ import annotations

import json
import os
import sys

import pytest

from ferrule.cli import main
from ferrule.python import search


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """One real Python with two names, and one program that does not work."""
    folder = tmp_path / "bin"
    folder.mkdir()
    base = os.path.realpath(sys.executable)
    (folder / "python3").symlink_to(base)
    (folder / "python").symlink_to(base)
    broken = folder / "pypy3"
    broken.write_text("#!/bin/sh\necho no library >&2; exit 127\n")
    broken.chmod(0o755)
    monkeypatch.setattr(search, "_SYSTEM_FOLDERS", ())
    monkeypatch.setattr(search, "_SYSTEM_PARENTS", ())
    monkeypatch.setattr(sys, "executable", "")
    for name in ("PYO3_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_EXE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("FERRULE_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def test_the_list_is_a_table_with_the_default_marked(machine, capsys):
    assert main(["python", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["SELECT", "PYTHON", "FROM", "PATH"]
    version = ".".join(map(str, sys.version_info[:3]))
    minor = version.rpartition(".")[0]
    assert lines[1].split() == [
        "*", minor, "CPython", version, "PATH", str(machine / "python3")
    ]  # fmt: skip
    assert "left out:" in lines
    assert f"  {machine}/pypy3  exit status 127: no library" in lines
    assert "other names of the same Pythons (--all shows them)" in lines[-1]
    assert "\033" not in "".join(lines)


def test_all_shows_other_names(machine, capsys):
    assert main(["python", "list", "--all"]) == 0
    out = capsys.readouterr().out
    assert f"another name of {machine}/python3" in out
    assert "--all" not in out


def test_json_has_every_candidate(machine, capsys):
    assert main(["python", "list", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["default"]["version"] == list(sys.version_info[:3])
    seen = {
        one["path"]: (one["usable"], one["duplicate"]) for one in data["interpreters"]
    }
    assert seen[str(machine / "python3")] == (True, False)
    assert seen[str(machine / "python")] == (False, True)
    assert seen[str(machine / "pypy3")] == (False, False)


def test_a_machine_without_python_is_told(machine, capsys):
    (machine / "python").unlink()
    (machine / "python3").unlink()
    assert main(["python", "list"]) == 4
    captured = capsys.readouterr()
    assert "No Python interpreter that ferrule can use was found." in captured.out
    assert "there is no default: no Python 3.x interpreter found" in captured.err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["python", "list", "--help"])
    assert "examples:\n  ferrule python list" in capsys.readouterr().out
