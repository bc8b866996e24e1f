"""The folder that stands in for an installation during tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.editable.overlay import overlay_variables, write_overlay
from ferrule.wheel.member import Member

ASK = """
import importlib.metadata, sys, thing, beside
print(thing.WHO, beside.WHO, importlib.metadata.version("thing"))
print(getattr(sys.modules.get("sitecustomize"), "MARK", "-"))
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return an environment with an installed, older copy of the project."""
    folder = tmp_path / "venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "thing.py").write_text("WHO = 'installed'\n")
    (site / "_finder.py").write_text("WHO = 'installed'\n")
    (site / "_finder.pth").write_text("import _finder\n")
    (site / "thing-0.9.dist-info").mkdir()
    (site / "thing-0.9.dist-info" / "METADATA").write_text("Name: thing\nVersion: 0.9")
    return folder / "bin" / "python"


def members(tmp_path: Path) -> list[Member]:
    beside = tmp_path / "source"
    beside.mkdir(exist_ok=True)
    (beside / "beside.py").write_text("WHO = 'source'\n")
    finder = b"import sys, types\nmodule = sys.modules['thing'] = "
    finder += b"types.ModuleType('thing')\nmodule.WHO = 'overlay'\n"
    return [
        Member("_finder.py", finder),
        Member("_finder.pth", f"{beside}\nimport _finder\n".encode()),
        Member("thing-1.0.dist-info/METADATA", b"Name: thing\nVersion: 1.0\n"),
    ]


def ask(python: Path, variables: dict[str, str], code: str = ASK) -> list[str]:
    env = {**os.environ, **variables}
    command = [str(python), "-c", code]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split()


def test_the_overlay_comes_before_an_installed_copy(tmp_path, python) -> None:
    folder = tmp_path / "overlay"
    write_overlay(members(tmp_path), folder)
    variables = overlay_variables(folder, {})
    assert ask(python, variables) == ["overlay", "source", "1.0", "-"]
    # The standard library still comes first.
    code = "import sys; print([p for p in sys.path if p.endswith(('start', 'site'))])"
    assert "start" not in "".join(ask(python, variables, code))


def test_the_users_own_sitecustomize_runs(tmp_path, python) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("MARK = 'own'\n")
    folder = tmp_path / "overlay"
    write_overlay(members(tmp_path), folder)
    variables = overlay_variables(folder, {"PYTHONPATH": str(own)})
    assert ask(python, variables)[-1] == "own"


def test_files_of_an_older_version_go(tmp_path) -> None:
    folder = tmp_path / "overlay"
    write_overlay(members(tmp_path), folder)
    kept = folder / "site" / "_finder.py"
    before = kept.stat().st_mtime_ns
    newer = [item for item in members(tmp_path) if "dist-info" not in item.path]
    newer.append(Member("thing-2.0.dist-info/METADATA", b"Name: thing\n"))
    write_overlay(newer, folder)
    found = {path.parent.name for path in folder.rglob("METADATA")}
    assert found == {"thing-2.0.dist-info"}
    assert kept.stat().st_mtime_ns == before


def test_programs_are_on_the_path(tmp_path) -> None:
    program = tmp_path / "program"
    program.write_text("")
    folder = tmp_path / "overlay"
    scripts = "thing-1.0.data/scripts"
    write_overlay([Member(f"{scripts}/program", program, executable=True)], folder)
    variables = overlay_variables(folder, {"PATH": "/bin"})
    assert variables["PATH"] == f"{folder / 'site' / scripts}{os.pathsep}/bin"
