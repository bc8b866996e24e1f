"""What `ferrule watch` looks at, and the command that it runs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ferrule.errors.usage import CommandNotFoundError
from ferrule.pipeline.request import Request
from ferrule.pipeline.watching import Watch, _end, _start


def _watch(root: Path, *command: str) -> Watch:
    return Watch(Request(root, os.environ), command, root)


def test_new_sources_are_seen_and_products_are_not(tmp_path: Path) -> None:
    place = tmp_path / "target" / "place"
    place.mkdir(parents=True)
    (tmp_path / "target" / "CACHEDIR.TAG").touch()
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").touch()
    (tmp_path / "schema.proto").touch()
    record = place / "freshness"
    lines = [f"1 1 {place / 'core.so'}", f"1 1 {tmp_path / 'schema.proto'}"]
    record.write_text("\n".join(["ferrule freshness 1", "", *lines]))
    watched = _watch(tmp_path)
    watched.record = record
    expected = {tmp_path / "src" / "lib.rs", tmp_path / "schema.proto"}
    assert set(watched.snapshot()) == expected
    (tmp_path / "src" / "more.rs").touch()
    (tmp_path / "src" / "notes.txt").touch()
    assert set(watched.snapshot()) - expected == {tmp_path / "src" / "more.rs"}


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CommandNotFoundError, match="cannot start `no-such-program`"):
        _start(_watch(tmp_path, "no-such-program"))


def runs_in_group(group: int) -> bool:
    """Whether a process of a group runs; one that nobody has waited for does not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        state, _, number = text.rpartition(")")[2].split()[:3]
        if int(number) == group and state != "Z":
            return True
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_running_command_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "import subprocess, sys; subprocess.run([sys.executable, '-c', CHILD])"
    started = str(tmp_path / "started")
    child = f"open({started!r}, 'w').close(); import time; time.sleep(60)"
    code = f"CHILD = {child!r}; {script}"
    watched = _watch(tmp_path, sys.executable, "-c", code)
    _start(watched)
    process = watched.process
    assert process is not None
    end = time.monotonic() + 20
    while not Path(started).exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    _end(watched)
    assert process.returncode is not None
    assert watched.process is None
    assert not runs_in_group(process.pid)
