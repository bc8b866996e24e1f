from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ferrule import cache, log
from ferrule.errors.cache import CacheFolderError


@pytest.fixture
def env(tmp_path):
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}


def only_entry(env, section="metadata"):
    (path,) = (cache.cache_folder(env) / section).iterdir()
    return path


def test_what_was_written_is_read_back(env):
    cache.write_json(env, "metadata", "key", {"a": [1, "ü", "\udc80", None]})
    assert cache.read_json(env, "metadata", "key") == {"a": [1, "ü", "\udc80", None]}
    assert cache.read_json(env, "metadata", "other") is None
    assert cache.read_json(env, "interpreters", "key") is None


def test_entries_are_private_files_in_a_private_folder(env):
    cache.write_json(env, "metadata", "key", 1)
    root = cache.cache_root(env)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_entry(env).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b"41", b"42"),
        lambda text: text[:-3],
        lambda text: text.replace(b"ferrule-cache 1", b"ferrule-cache 0"),
        lambda _: b"",
        lambda _: b"\n",
        lambda _: b"\xff\xfe\x00",
    ],
    ids=["changed", "cut", "other-schema", "empty", "only-newline", "binary"],
)
def test_a_damaged_entry_is_ignored_and_written_anew(env, damage):
    cache.write_json(env, "metadata", "key", 41)
    path = only_entry(env)
    path.write_bytes(damage(path.read_bytes()))
    assert cache.read_json(env, "metadata", "key") is None
    cache.write_json(env, "metadata", "key", 43)
    assert cache.read_json(env, "metadata", "key") == 43


def test_an_entry_of_another_key_is_not_taken(env):
    cache.write_json(env, "metadata", "key", 1)
    other = cache._entry_path(cache.cache_root(env), "metadata", "other")
    only_entry(env).rename(other)
    assert cache.read_json(env, "metadata", "other") is None


def test_the_folder_follows_the_platforms_rule():
    assert cache.cache_folder({"HOME": "/h"}) == Path("/h/.cache/ferrule")
    env = {"HOME": "/h", "XDG_CACHE_HOME": "/x"}
    assert cache.cache_folder(env) == Path("/x/ferrule")
    env = {"HOME": "/h", "XDG_CACHE_HOME": "relative"}
    assert cache.cache_folder(env) == Path("/h/.cache/ferrule")
    env = {"HOME": "/h", "FERRULE_CACHE_DIR": "/f"}
    assert cache.cache_folder(env) == Path("/f")


def test_the_folder_agrees_with_platformdirs(monkeypatch):
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.delenv("FERRULE_CACHE_DIR", raising=False)
    expected = platformdirs.user_cache_dir("ferrule", appauthor=False)
    assert str(cache.cache_folder(os.environ)) == expected


def test_a_folder_that_others_may_write_to_is_refused(env):
    root = cache.cache_root(env)
    root.chmod(0o770)
    with pytest.raises(CacheFolderError) as caught:
        cache.cache_root(env)
    assert str(caught.value) == (
        f"the cache folder {root} is not used\n"
        "  other users may write there (mode 0770)\n"
        f"  fix: run: chmod go-w {root}"
    )
    # It is not read either, and builds go on.
    cache.write_json(env, "metadata", "key", 1)
    assert cache.read_json(env, "metadata", "key") is None
    root.chmod(0o700)


def test_a_symbolic_link_is_refused(env, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CacheFolderError) as caught:
        cache.cache_root(env)
    assert f"it is a symbolic link to {tmp_path / 'elsewhere'}" in str(caught.value)
    assert "fix: set FERRULE_CACHE_DIR to the real folder" in str(caught.value)


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can chown"
)
def test_a_folder_of_another_user_is_refused(env):
    os.chown(cache.cache_root(env), 12345, -1)
    with pytest.raises(CacheFolderError) as caught:
        cache.cache_root(env)
    assert "it belongs to user 12345; you are user 0" in str(caught.value)
    assert "with sudo: use `sudo -H`" in str(caught.value)


def test_a_file_in_the_way_is_refused_and_builds_go_on(env, tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(CacheFolderError, match="it is not a folder"):
        cache.cache_root(env)
    messages = []
    with log.sink_to(lambda kind, message: messages.append((kind, message))):
        cache.write_json(env, "metadata", "key", 1)
    assert messages
    assert messages[0][0] == "debug"
    assert "is not used" in messages[0][1]


def test_a_folder_that_cannot_be_made_does_not_fail_a_write(tmp_path):
    (tmp_path / "file").write_text("")
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "file" / "cache")}
    cache.write_json(env, "metadata", "key", 1)
    assert cache.read_json(env, "metadata", "key") is None
    with pytest.raises(CacheFolderError, match="the system says: Not a directory"):
        cache.cache_root(env)


def test_a_home_folder_that_does_not_exist_is_not_made(tmp_path):
    env = {"HOME": str(tmp_path / "nonexistent")}
    cache.write_json(env, "metadata", "key", 1)
    assert not (tmp_path / "nonexistent").exists()
    with pytest.raises(CacheFolderError, match="nonexistent does not exist"):
        cache.cache_root(env)


def test_a_section_that_cannot_be_written_does_not_fail(env):
    (cache.cache_root(env) / "metadata").write_text("in the way")
    cache.write_json(env, "metadata", "key", 1)
    assert cache.read_json(env, "metadata", "key") is None


def test_old_answers_go_now_and_then(tmp_path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    cache.write_json(env, "answers", "old", 1)
    (old,) = (tmp_path / "cache" / "answers").iterdir()
    os.utime(old, (1, 1))
    cache.write_json(env, "answers", "recent", 2)
    for number in range(2000):
        cache.write_json(env, "answers", f"{number}", number)
        if not old.exists():
            break
    assert not old.exists()
    assert cache.read_json(env, "answers", "recent") == 2
