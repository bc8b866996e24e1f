"""The process as its surroundings start it: closed streams, full disks, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX streams")

MAIN = "import sys\nfrom ferrule.cli import main\nsys.exit(main())\n"


def shell(words: str, before: str = "", **variables: str):
    """Run `ferrule` as the line of a shell says; `$F` is ferrule."""
    code = f"{before}\n{MAIN}"
    return subprocess.run(
        ["sh", "-c", f'F() {{ "$PYTHON" -c "$CODE" "$@"; }}; {words}'],
        env={**os.environ, "PYTHON": sys.executable, "CODE": code, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_stay_without_a_reader(closed):
    before = (
        "import atexit, os, sys\n"
        "@atexit.register\n"
        "def tell():\n"
        "    told = [os.fstat(n).st_rdev for n in (0, 1, 2) if os.get_inheritable(n)]\n"
        "    os._exit(7 if len(told) == 3 and sys.stdout and sys.stderr else 8)\n"
    )
    assert shell(f"F --version {closed}").returncode == 0
    assert shell(f"F --version {closed}", before).returncode == 7


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["--version", "--help", "implib --list --json"])
def test_a_full_disk_behind_standard_output(words, unbuffered):
    done = shell(f"F {words} >/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 6
    assert done.stderr.startswith("error: cannot write the output\n")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
def test_an_error_that_cannot_be_told_keeps_its_code():
    assert shell("F implib --python 1.0 2>/dev/full").returncode == 2


@pytest.mark.parametrize("encoding", ["ascii:strict", "utf-8:strict"])
def test_names_that_are_no_text(tmp_path, encoding):
    words = "F implib --from \"$(printf 'no-\\377')\""
    done = shell(words, PYTHONIOENCODING=encoding)
    assert done.returncode == 6
    assert "no-\\udcff" in done.stderr
    done = shell(f"{words} --json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout)["error"]["message"].endswith("may read it")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_process_is_an_interruption(number):
    before = (
        "import atexit, os, sys\n"
        "import ferrule.implib.tables as tables\n"
        f"tables.load_tables = lambda: os.kill(os.getpid(), {int(number)})\n"
    )
    # The tests themselves may run below `nohup`.
    usual = f"import signal\nsignal.signal({int(number)}, signal.SIG_DFL)\n"
    done = shell("F implib --list", usual + before)
    assert done.returncode == 128 + number
    assert "nothing half-written was left" in done.stderr
    ignoring = f"trap '' {number.name[3:]}; F implib --list"
    assert "interrupted" not in shell(ignoring, before).stderr


def test_a_current_folder_that_is_gone(tmp_path):
    (tmp_path / "gone").mkdir()
    done = shell(f"cd '{tmp_path}/gone' && rmdir '{tmp_path}/gone' && F build")
    assert done.returncode == 6
    assert "error: there is no current folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_nobody_foresaw_is_no_traceback():
    before = (
        "import ferrule.implib.tables as tables\n"
        "tables.load_tables = lambda: open('/nowhere/at/all')\n"
    )
    done = shell("F implib --list --json", before)
    assert done.returncode == 6
    assert "the system refused what is needed: /nowhere/at/all" in done.stderr
    told = json.loads(done.stdout)["error"]
    assert told["kind"] == "RefusalError"
    assert "Traceback" not in done.stderr
    assert "Traceback" in shell("F implib --list -v", before).stderr
