"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from ferrule import atomic


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
