from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule import answers, cache

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.booleans())
def test_json_is_read_as_json_reads_it(value, is_ascii):
    text = json.dumps(value, ensure_ascii=is_ascii)
    assert answers.parse_json(text) == value
    assert answers.parse_json(f"{text}\n") == value


@pytest.mark.parametrize("text", ["", " ", "{", '{"a":1} x', "nope", '"\\x"', "[1,]"])
@pytest.mark.parametrize("has_scanner", [True, False])
def test_what_is_no_json_is_a_value_error(text, has_scanner, monkeypatch):
    if not has_scanner:
        monkeypatch.setitem(sys.modules, "_json", None)
    with pytest.raises(ValueError, match=r"."):
        answers.parse_json(text)


def test_other_pythons_have_json_and_hashlib(monkeypatch):
    for name in ("_json", "_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, name, None)
    assert answers.parse_json('{"a": [1]}') == {"a": [1]}
    assert answers.sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_the_digest_is_sha256():
    assert answers.sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_what_the_cache_wrote_is_read(tmp_path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    assert answers.read(env, "answers", "a") is None
    assert not (tmp_path / "cache").exists()
    cache.write_json(env, "answers", "a", {"text": "ü", "number": 1})
    assert answers.read(env, "answers", "a") == {"text": "ü", "number": 1}
    assert answers.read(env, "answers", "b") is None
    (entry,) = (tmp_path / "cache" / "answers").iterdir()
    entry.write_bytes(entry.read_bytes().replace(b'"number":1', b'"number":2'))
    assert answers.read(env, "answers", "a") is None


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
def test_a_folder_that_others_may_write_to_is_not_believed(tmp_path):
    folder = tmp_path / "cache"
    env = {"FERRULE_CACHE_DIR": str(folder)}
    cache.write_json(env, "answers", "a", 1)
    folder.chmod(0o770)
    assert answers.read(env, "answers", "a") is None
    folder.chmod(0o700)
    (tmp_path / "link").symlink_to(folder)
    linked = {"FERRULE_CACHE_DIR": str(tmp_path / "link")}
    assert answers.read(linked, "answers", "a") is None
    assert answers.read(env, "answers", "a") == 1


def test_reading_an_answer_imports_little(tmp_path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    cache.write_json(env, "answers", "a", 1)
    code = (
        "import sys; before = set(sys.modules)\n"
        "from ferrule.answers import read\n"
        f"assert read({env!r}, 'answers', 'a') == 1\n"
        "heavy = {'json', 're', 'hashlib', 'pathlib', 'typing', 'subprocess'}\n"
        "assert not heavy & (set(sys.modules) - before), set(sys.modules) - before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
