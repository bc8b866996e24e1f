"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from ferrule import atomic
from ferrule.errors.files import WriteError


def test_a_pipe_is_written_to_and_stays(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    atomic.write_bytes(pipe, b"content")
    reader.join()
    assert heard == [b"content"]
    assert stat.S_ISFIFO(os.stat(pipe).st_mode)


def test_a_device_is_written_to(tmp_path) -> None:
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    atomic.write_bytes(link, b"content")
    assert link.is_symlink()
    assert Path("/dev/null").is_char_device()


def test_a_link_keeps_what_runs_now(tmp_path) -> None:
    source, target = tmp_path / "a", tmp_path / "folder" / "b"
    source.write_text("one")
    atomic.link_file(source, target)
    held = target.open()
    source.unlink()
    source.write_text("two")
    atomic.link_file(source, target)
    assert (held.read(), target.read_text()) == ("one", "two")
    held.close()


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    target = tmp_path / "a" / "b" / "file"
    atomic.write_text(target, "whole", mode=0o755)
    assert target.read_text() == "whole"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_another_command_may_make_the_folder_meanwhile(tmp_path, monkeypatch):
    target = tmp_path / "folder" / "file"
    opened = os.open

    def open_a_moment_too_early(path, *rest):
        try:
            return opened(path, *rest)
        except FileNotFoundError:
            target.parent.mkdir()
            raise

    monkeypatch.setattr(os, "open", open_a_moment_too_early)
    atomic.write_text(target, "whole")
    assert target.read_text() == "whole"


def test_a_failure_leaves_the_old_content(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    wrong = ValueError("mine")
    with pytest.raises(ValueError, match="mine"), atomic.replacing(target):
        raise wrong
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_about_another_file_is_told_as_it_is(tmp_path):
    target = tmp_path / "file"
    with pytest.raises(FileNotFoundError), atomic.replacing(target):
        open(tmp_path / "missing").close()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_path(tmp_path):
    target = tmp_path / "file"
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(WriteError) as caught, atomic.replacing(target):
        raise full
    assert str(caught.value).startswith(f"cannot write {target}")
    assert "free space on that disk" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file/x", "file/x/y", "folder"])
def test_a_path_that_cannot_be_is_a_designed_error(tmp_path, place):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match="cannot write"):
        atomic.write_bytes(tmp_path / place, b"")
    assert sorted(x.name for x in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("how", ["whole", "refused", "nothing", "half", "absent"])
def test_a_copy_is_complete_however_much_the_system_does(tmp_path, monkeypatch, how):
    content = bytes(range(256)) * 40
    (tmp_path / "source").write_bytes(content)
    real = getattr(os, "copy_file_range", None)
    if how == "absent":
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    elif how != "whole":
        calls = []

        def copy(source, target, count):
            calls.append(count)
            if how == "half" and len(calls) == 1 and real:
                return real(source, target, count // 2)
            if how == "nothing":
                return 0
            raise OSError(18, "Invalid cross-device link")

        monkeypatch.setattr(os, "copy_file_range", copy, raising=False)
    path = tmp_path / "target"
    with open(tmp_path / "source", "rb") as source, atomic.replacing(path) as target:
        atomic.copy_stream(source, target)
        target.seek(2)
        target.write(b"new")
    assert (tmp_path / "target").read_bytes() == content[:2] + b"new" + content[5:]
