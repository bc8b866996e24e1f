"""What is kept between bundles, and that it appears whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.pipeline.bundling.store import (
    BytecodeStore,
    finished_folder,
    is_kept,
    kept_text,
    sources_key,
)


def write_half(folder: Path) -> None:
    with finished_folder(folder) as part:
        (part / "a.txt").write_text("a")
        raise ValueError("halfway")


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "store" / "kept"
    with pytest.raises(ValueError, match="halfway"):
        write_half(kept)
    assert not any(kept.parent.iterdir())


def test_the_folder_of_a_faster_process_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with finished_folder(kept) as part:
        kept.mkdir()
        (kept / "first").write_text("")
        (part / "second").write_text("")
    assert [path.name for path in kept.iterdir()] == ["first"]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_text_has_one_place(tmp_path: Path) -> None:
    path = kept_text(tmp_path, "boot.py", "x = 1\n")
    assert path.read_text() == "x = 1\n"
    assert kept_text(tmp_path, "boot.py", "x = 1\n") == path
    assert kept_text(tmp_path, "boot.py", "x = 2\n") != path


def test_the_key_of_sources_changes_with_each(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("1")
    first = sources_key([("a.py", source)])
    assert sources_key([("a.py", source)]) == first
    source.write_text("22")
    assert sources_key([("a.py", source)]) != first


@pytest.mark.parametrize("change", ["content", "one more", "one less", "no digest"])
def test_what_is_no_longer_what_it_was_is_removed(tmp_path: Path, change: str) -> None:
    kept = tmp_path / "kept"
    with finished_folder(kept) as part:
        (part / "below").mkdir()
        (part / "below" / "a").write_text("a")
        (part / "b").write_text("b")
    assert is_kept(kept)
    if change == "content":
        (kept / "below" / "a").write_text("c")
    elif change == "one more":
        (kept / "c").write_text("")
    elif change == "one less":
        (kept / "b").unlink()
    else:
        (tmp_path / "kept.sha256").unlink()
    assert not is_kept(kept)
    assert not kept.exists()


@pytest.mark.parametrize("garbage", [b"", b"garbage"])
def test_damaged_bytecode_is_made_again(tmp_path, make_interpreter, garbage):
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    python = make_interpreter(executable=sys.executable, base_executable=sys.executable)
    case = SimpleNamespace(
        bytecode_python=python, settings=SimpleNamespace(optimize=0), interpreter=python
    )
    notes: list[str] = []
    store = BytecodeStore(case, tmp_path / "store", os.environ, notes)
    place = store.compile("a", "key", [("a.py", source)])["a.py"]
    whole = place.read_bytes()
    assert whole
    place.write_bytes(garbage)
    assert store.compile("a", "key", [("a.py", source)]) == {"a.py": place}
    assert place.read_bytes() == whole
    assert notes == []
