"""The options of `ferrule bundle`."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from ferrule.cli import main
from ferrule.cli.bundle import _changes, configure


def changes(*words: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    configure(parser)
    return _changes(parser.parse_args(words))


def test_nothing_is_changed_by_default() -> None:
    assert changes() == {}


def test_options_replace_settings(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = changes(
        *("--mode", "dynamic", "--packages", "a", "b", "--packages", "c"),
        *("--lock", "pylock.toml", "--optimize", "2", "--no-strip", "--sources"),
        *(
            "--requirements",
            "r.txt",
            "-r",
            "s.txt",
            "--no-project",
            "--system-library",
            "libX*",
        ),
    )
    assert found == {
        "mode": "dynamic",
        "packages": ("a", "b", "c"),
        "lock": str(tmp_path / "pylock.toml"),
        "requirements": (str(tmp_path / "r.txt"), str(tmp_path / "s.txt")),
        "optimize": 2,
        "strip": False,
        "sources": True,
        "project": False,
        "system_libraries": ("libX*",),
    }


def test_help_shows_examples(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["bundle", "--help"])
    assert "ferrule bundle --lock pylock.toml" in capsys.readouterr().out


def test_trimming_is_asked_for() -> None:
    found = changes("--trim", "--keep", "encodings.*", "json", "--keep", "csv")
    assert found == {"trim": True, "keep": ("encodings.*", "json", "csv")}
