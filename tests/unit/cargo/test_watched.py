"""Programs in the foreground whose output is kept."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys
from pathlib import Path
from ferrule.cargo.watched import end_like, run_watched
command = [sys.executable, "-c", sys.argv[1]]
import os
status, text = run_watched(
    command, env=os.environ, cwd=Path("."), shown={}, reads_output="both" in sys.argv
)
Path(sys.argv[2]).write_text(text)
sys.exit(end_like(status))
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, terminals")


@pytest.fixture
def kept(tmp_path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def start(kept):
    """Return a function that starts a program that watches another one."""

    def call(code: str, *words: str, **streams) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", RUN, code, str(kept), *words]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(command, **streams)

    return call


def read_terminal(descriptor: int) -> str:
    text = b""
    while True:
        try:
            block = os.read(descriptor, 1000)
        except OSError:
            return text.decode()
        text += block


BOTH = "import sys; print('out', flush=True); sys.stderr.write('error\\n'); sys.exit(7)"


def test_the_status_and_both_streams(start, kept) -> None:
    process = start(BOTH)
    assert process.communicate() == (b"out\n", b"error\n")
    assert process.returncode == 7
    assert kept.read_text() == "error\n"


def test_standard_output_is_kept_if_that_is_wished(start, kept) -> None:
    process = start(BOTH, "both")
    assert process.communicate() == (b"out\n", b"error\n")
    assert kept.read_text() == "error\n\nout\n"


def test_streams_that_are_one_keep_their_order(start, kept) -> None:
    code = "import os\nfor n in range(400): os.write(1 + n % 2, b'%d\\n' % n)"
    process = start(code, stderr=subprocess.STDOUT)
    shown = process.communicate()[0].decode()
    assert shown == "".join(f"{number}\n" for number in range(400)) == kept.read_text()


def test_a_terminal_stays_one(start, kept) -> None:
    import fcntl
    import struct
    import termios

    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 123, 0, 0))
    code = (
        "import os, sys\n"
        "print([os.isatty(n) for n in range(3)], os.get_terminal_size(1).columns)\n"
        "sys.stdout.flush(); sys.stderr.write('error\\n'); print(input('name: '))\n"
    )
    process = start(code, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, b"me\n")
    text = read_terminal(master)
    os.close(master)
    assert process.wait() == 0
    text = text.replace("me\r\n", "", 1)  # the terminal's own echo
    assert text == "[True, True, True] 123\r\nerror\r\nname: me\r\n"


def test_text_comes_at_once_and_signals_reach_the_program(start, kept) -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        "sys.stderr.write('here\\n'); sys.stderr.flush(); time.sleep(30)\n"
    )
    process = start(code)
    assert process.stderr.readline() == b"here\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 5
    process.communicate()
    assert kept.read_text() == "here\n"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGABRT"])
def test_the_death_of_the_program_is_ours(start, name) -> None:
    process = start(f"import os, signal; os.kill(os.getpid(), signal.{name})")
    process.communicate()
    assert process.returncode == -getattr(signal, name)


def test_a_program_in_the_background_goes_on_writing(start, kept) -> None:
    code = (
        "import os, time\n"
        "if os.fork(): os._exit(0)\n"
        "time.sleep(2); os.write(2, b'late\\n')\n"
    )
    process = start(code)
    assert process.wait() == 0
    assert select.select([process.stderr], [], [], 0)[0] == []
    assert process.stderr.read() == b"late\n"
    process.communicate()


def test_a_program_that_is_not_there(tmp_path) -> None:
    from ferrule.cargo.watched import run_watched
    from ferrule.errors.cargo import CargoNotFoundError

    with pytest.raises(CargoNotFoundError):
        run_watched(["/nothing/here"], env={}, cwd=tmp_path, shown={})
