from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from ferrule.cargo.spawning import spawn

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "posix_spawn"),
    reason="`subprocess` is used there",
)


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start a program with some code; its standard error is a file."""
    monkeypatch.chdir(tmp_path)
    started = []

    def run(code, program=sys.executable, **env):
        with (tmp_path / "stderr").open("wb") as stream:
            process = spawn(
                [program, "-c", code],
                env={**os.environ, **env},
                cwd=str(tmp_path),
                stderr=stream.fileno(),
            )
        assert process is not None
        started.append(process)
        return process

    yield run
    for process in started:
        process.stdout.close()


def test_output_variables_and_status(start, tmp_path):
    code = (
        "import os, sys; print(os.environ['ANSWER'], os.getcwd())\n"
        "print(sys.stdin.read() == '', os.getsid(0) == os.getpid())\n"
        "sys.stderr.write('told'); sys.exit(7)"
    )
    process = start(code, ANSWER="42")
    lines = process.stdout.read().decode().splitlines()
    assert lines[:2] == [f"42 {tmp_path.resolve()}", "True True"]
    assert (process.wait(), process.poll(), process.returncode) == (7, 7, 7)
    assert (tmp_path / "stderr").read_text() == "told"


def test_broken_pipes_are_not_ignored(start):
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
    # A shell, because Python would ignore them by itself.
    process = start("kill -PIPE $$; exit 3", program="/bin/sh")
    assert process.wait() == -signal.SIGPIPE


def test_a_running_program_has_no_status(start):
    process = start("import time; time.sleep(60)")
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    give_up = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.01)
    assert process.poll() == -signal.SIGKILL


def test_what_subprocess_is_for(start, tmp_path):
    (tmp_path / "other").mkdir()
    elsewhere = str(tmp_path / "other")
    with open(os.devnull, "wb") as null:
        given = {"env": {}, "stderr": null.fileno()}
        assert spawn([sys.executable], cwd=elsewhere, **given) is None
        assert spawn(["python"], cwd=str(tmp_path), **given) is None
        with pytest.raises(FileNotFoundError):
            spawn(["/absent/cargo"], cwd=str(tmp_path), **given)
