"""Whose pip is called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ferrule.python.pip import pip_words


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__main__.py").touch()
    return str(tmp_path)


def test_its_own_comes_first(folder, monkeypatch) -> None:
    monkeypatch.setattr(sys, "path", [folder])
    assert pip_words("/py", [folder]) == ["/py", "-m", "pip"]


def test_another_pip_can_be_told(folder, monkeypatch) -> None:
    monkeypatch.setattr(sys, "path", [folder])
    words = [sys.executable, "-m", "pip", "--python", "/py"]
    assert pip_words("/py", ["/nowhere"]) == words


def test_no_pip(monkeypatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert pip_words("/py", ["/nowhere"]) is None
