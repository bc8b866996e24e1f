"""Configuration files are named by content and never move in time."""

from __future__ import annotations

import os
from pathlib import Path

from ferrule.cargo.config_store import stored_config


def test_same_text_same_file_and_no_second_write(tmp_path: Path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    first = stored_config("version=3.12\n", env=env, fallback=tmp_path)
    identity = first.stat().st_ino, first.stat().st_mtime_ns
    again = stored_config("version=3.12\n", env=env, fallback=tmp_path)
    assert again == first
    assert (again.stat().st_ino, again.stat().st_mtime_ns) == identity


def test_recreated_file_has_the_same_time(tmp_path: Path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    path = stored_config("version=3.12\n", env=env, fallback=tmp_path)
    before = path.stat().st_mtime_ns
    path.unlink()
    assert stored_config("version=3.12\n", env=env, fallback=tmp_path) == path
    assert path.stat().st_mtime_ns == before


def test_tampered_file_is_replaced(tmp_path: Path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    path = stored_config("version=3.12\n", env=env, fallback=tmp_path)
    path.write_text("version=3.7\n")
    stored_config("version=3.12\n", env=env, fallback=tmp_path)
    assert path.read_text() == "version=3.12\n"


def test_cache_that_cannot_be_written_falls_back(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    env = {"FERRULE_CACHE_DIR": str(blocked / "below")}
    path = stored_config("version=3.12\n", env=env, fallback=tmp_path / "target")
    assert path.is_relative_to(tmp_path / "target")
    assert os.path.exists(path)
