"""What `ferrule watch` looks at, and the command that it runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrule.editable.freshness import write_record
from ferrule.errors.usage import CommandNotFoundError
from ferrule.pipeline.development.watching import Watch, _end, _start, _wakings
from ferrule.pipeline.request import Request


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
    files = [place / "core.so", tmp_path / "schema.proto"]
    write_record(record, {}, files, products=[], started_ns=0)
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


def test_events_of_the_system_wake_where_watchfiles_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles

    seen: list[str] = []
    real = watchfiles.watch

    def recording(*args: object, **options: object) -> Iterator[object]:
        for changes in real(*args, **options):
            seen.extend(path for _, path in changes)
            yield changes

    monkeypatch.setattr(watchfiles, "watch", recording)
    wakings = _wakings(tmp_path)
    next(wakings)  # nothing happened: it is time to look at what lies outside
    assert seen == []
    (tmp_path / "lib.rs").write_text("fn main() {}")
    for _ in range(20):
        next(wakings)
        if seen:
            break
    wakings.close()
    assert str(tmp_path / "lib.rs") in seen


def test_without_watchfiles_it_is_time_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(
        "ferrule.pipeline.development.watching.time.sleep", waits.append
    )
    wakings = _wakings(tmp_path)
    next(wakings)
    next(wakings)
    assert len(waits) == 2
    assert 0 < waits[0] < 2
