"""What the cache holds, listed and removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule import cache
from ferrule.cache_entries import SECTIONS, clear, entries
from ferrule.errors.cache import UnknownSectionError


@pytest.fixture
def env(tmp_path):
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}


def fill(env):
    cache.write_json(env, "interpreters", "key", 1, label="CPython 3.12.1 /p")
    root = cache.cache_root(env)
    (root / "pyo3-config").mkdir()
    (root / "pyo3-config" / "abc.txt").write_text("version=3.12\n")
    (root / "builds" / "one" / "deps").mkdir(parents=True)
    (root / "builds" / "one" / "deps" / "lib.rlib").write_bytes(b"x" * 1000)
    (root / "builds" / "one" / "link").symlink_to("/usr")
    return root


def test_entries_have_sizes_and_labels(env):
    root = fill(env)
    found = {entry.section: entry for entry in entries(env)}
    assert list(found) == ["interpreters", "pyo3-config", "builds"]
    assert found["interpreters"].label == "CPython 3.12.1 /p"
    assert found["pyo3-config"].label == "abc.txt"
    assert 1000 <= found["builds"].size_bytes < 1100
    assert found["builds"].path == root / "builds" / "one"
    assert [e.section for e in entries(env, ["builds"])] == ["builds"]


def test_a_plain_clear_keeps_what_cargo_projects_refer_to(env):
    root = fill(env)
    (root / "metadata").mkdir()
    (root / "metadata" / ".left.json.abc").write_text("interrupted write")
    removed = clear(env)
    assert [entry.section for entry in removed] == ["interpreters", "builds"]
    assert (root / "pyo3-config" / "abc.txt").exists()
    assert list((root / "builds").iterdir()) == []
    assert list((root / "metadata").iterdir()) == []
    assert Path("/usr").is_dir()
    removed = clear(env, SECTIONS)
    assert [entry.section for entry in removed] == ["pyo3-config"]


def test_looking_creates_nothing(env, tmp_path):
    assert entries(env) == ()
    assert clear(env) == ()
    assert not (tmp_path / "cache").exists()


def test_an_unknown_section_is_an_error(env):
    with pytest.raises(UnknownSectionError) as caught:
        clear(env, ["build"])
    assert str(caught.value) == (
        'the cache has no section "build" (did you mean "builds"?)\n'
        f"  sections: {', '.join(SECTIONS)}"
    )
