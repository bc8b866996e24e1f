"""Identities of files, and answers that are kept while their inputs stay."""

from __future__ import annotations

import os
from pathlib import Path

from ferrule import cache
from ferrule.identity import changed_path, file_identities, file_identity


def test_identity_changes_with_content_time_and_absence(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert file_identity(path) is None
    path.write_text("one")
    first = file_identity(path)
    assert first is not None
    os.utime(path, (1, 1))
    assert file_identity(path) != first


def test_changed_path_names_the_culprit(tmp_path: Path) -> None:
    kept, edited = tmp_path / "kept", tmp_path / "edited"
    kept.write_text("")
    edited.write_text("")
    known = file_identities([kept, edited, tmp_path / "absent"])
    assert changed_path(known) is None
    edited.write_text("more")
    assert changed_path(known) == str(edited)
    edited.unlink()
    (tmp_path / "absent").write_text("")
    assert changed_path(known) == str(tmp_path / "absent")


def test_tracked_answer_is_forgotten_when_an_input_changes(tmp_path: Path) -> None:
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    source = tmp_path / "source"
    source.write_text("one")
    assert cache.read_tracked(env, "answers", "k") is None
    cache.write_tracked(env, "answers", "k", [1, 2], inputs=[source])
    assert cache.read_tracked(env, "answers", "k") == [1, 2]
    source.write_text("other")
    assert cache.read_tracked(env, "answers", "k") is None
