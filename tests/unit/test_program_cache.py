"""Caches of single files, as ferrule shows and removes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cli import main
from ferrule.program_cache import clear_programs, program_entries, programs_folder

fcntl = pytest.importorskip("fcntl")


@pytest.fixture
def env(tmp_path, monkeypatch):
    monkeypatch.setenv("FERRULE_CACHE_DIR", str(tmp_path / "ferrule"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return {"XDG_CACHE_HOME": str(tmp_path)}


def version(env, program: str, name: str) -> Path:
    folder = programs_folder(env) / program / name
    folder.mkdir(parents=True)
    (folder / "lib.so").write_bytes(bytes(100))
    (folder / "lock").write_text("used\n")
    return folder


def test_where_they_are(tmp_path):
    home = {"HOME": str(tmp_path)}
    assert programs_folder(home) == tmp_path / ".cache" / "ferrule-programs"
    relative = {**home, "XDG_CACHE_HOME": "relative"}
    assert programs_folder(relative) == programs_folder(home)
    assert program_entries(home) == ()
    assert clear_programs(home) == ()
    assert not (tmp_path / ".cache").exists()


def test_every_version_is_shown(env):
    for program, name in (("app", "b"), ("app", "a"), ("other", "c")):
        version(env, program, name)
    found = program_entries(env)
    assert [(item.label, item.name, item.size_bytes) for item in found] == [
        ("app", "a", 105),
        ("app", "b", 105),
        ("other", "c", 105),
    ]


def test_what_is_in_use_stays(env):
    used, free = version(env, "app", "used"), version(env, "other", "free")
    with (used / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert [item.name for item in clear_programs(env)] == ["free"]
    assert used.exists()
    assert not free.parent.exists()
    assert [item.name for item in clear_programs(env)] == ["used"]


def test_links_are_not_followed(env, tmp_path):
    precious = tmp_path / "precious" / "version"
    precious.mkdir(parents=True)
    kept = version(env, "app", "a").parent
    (kept.parent / "link").symlink_to(precious.parent)
    (kept / "link").symlink_to(precious)
    assert [item.name for item in clear_programs(env)] == ["a"]
    assert precious.exists()


def test_the_command_shows_and_clears_them(env, capsys):
    folder = version(env, "app", "a")
    assert main(["cache"]) == 0
    assert "  programs           105 B  1 entry\n" in capsys.readouterr().out
    assert main(["cache", "clear", "--all"]) == 0
    assert folder.exists()
    assert main(["cache", "clear", "programs"]) == 0
    assert "removed 1 entry (105 B)" in capsys.readouterr().out
    assert not folder.exists()
    assert main(["cache", "show", "programs"]) == 0
    assert "  programs             0 B  0 entries\n" in capsys.readouterr().out
