from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ferrule.cargo.output import CargoOutput, progress_arguments

TELL = (
    "import os, sys\n"
    "width = os.get_terminal_size(2).columns if os.isatty(2) else 0\n"
    "sys.stderr.write('%s %d\\n' % (os.isatty(2), width))\n"
)


def run(code: str, target: int, patience_s: float = 2.0) -> str:
    output = CargoOutput(target)
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=output.descriptor,
    )
    output.release()
    assert process.wait() == 0
    output.finish(patience_s)
    return output.text()


def read_all(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read().decode()


def test_a_pipe_stays_a_pipe():
    reader, writer = os.pipe()
    try:
        kept = run(TELL, writer)
    finally:
        os.close(writer)
    assert kept == "False 0\n"
    assert read_all(reader) == kept


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_stays_a_terminal_of_the_same_width(monkeypatch):
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 123, 0, 0))
    kept = run(TELL, slave)
    shown = os.read(master, 1000).decode()
    os.close(slave)
    os.close(master)
    assert kept == "True 123\n"
    # The real terminal adds the carriage return, once.
    assert shown == "True 123\r\n"


def test_a_reader_that_is_gone_does_not_end_the_process():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        kept = run("import sys; sys.stderr.write('x' * 300000)", writer)
    finally:
        os.close(writer)
    assert len(kept) == 300_000


def test_the_middle_of_a_long_output_is_forgotten():
    with open(os.devnull, "wb") as nothing:
        kept = run(
            "import sys\n"
            "sys.stderr.write('first\\n')\n"
            "for n in range(100): sys.stderr.write('x' * 65536)\n"
            "sys.stderr.write('last\\n')\n",
            nothing.fileno(),
        )
    assert kept.startswith("first\n")
    assert kept.endswith("last\n")
    assert len(kept) < 3_000_000


def test_a_program_that_is_left_behind_does_not_hold_up():
    code = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])\n"
        "sys.stderr.write('done\\n')\n"
    )
    with open(os.devnull, "wb") as nothing:
        assert run(code, nothing.fileno(), 0.2) == "done\n"


def test_a_windows_console_gets_its_progress_bar():
    assert progress_arguments(80, {}) == [
        "--config",
        "term.progress.when='always'",
        "--config",
        "term.progress.width=80",
        "--color",
        "always",
    ]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"CARGO_TERM_COLOR": "never"}])
def test_a_windows_console_without_colours(env):
    assert "--color" not in progress_arguments(80, env)
