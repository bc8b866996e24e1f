from __future__ import annotations

import subprocess
import sys

import pytest

MAIN = """
import sys
sys.argv = ["ferrule", *{words}]
from ferrule.cli import main
sys.exit(main())
"""


def run(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_output_is_written_and_the_exit_code_told():
    done = run(MAIN.format(words=["implib", "--list"]))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 30
    assert done.stdout.endswith("\n")
    done = run(MAIN.format(words=["implib", "--python", "1.0"]))
    assert done.returncode == 2
    assert "there are no symbols" in done.stderr


def test_functions_that_wait_for_the_end_are_called():
    code = "import atexit; atexit.register(print, 'the end')\n"
    done = run(code + MAIN.format(words=["--version"]))
    assert done.stdout.splitlines()[1:] == ["the end"]


def test_other_threads_come_to_their_end():
    code = "import threading\nthreading.Timer(0.2, print, ['late']).start()\n"
    done = run(code + MAIN.format(words=["--version"]))
    assert done.stdout.splitlines()[1:] == ["late"]


@pytest.mark.parametrize(
    "watch",
    [
        "import sys; sys.setprofile(lambda *_: None)",
        "import sys; sys.settrace(lambda *_: None)",
    ],
)
def test_a_profiler_sees_the_end(watch):
    code = MAIN.format(words=["--version"]).replace("sys.exit(main())", "main()")
    done = run(f"{watch}\n{code}\nprint('seen')")
    assert done.stdout.splitlines()[1:] == ["seen"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of a shell")
def test_a_reader_that_is_gone_is_no_traceback():
    code = f"import os\nr, w = os.pipe(); os.close(r)\n{MAIN}"
    code = code.replace("from ferrule", "os.dup2(w, 1)\nfrom ferrule", 1)
    done = run(code.format(words=["implib", "--list"]))
    assert (done.returncode, done.stderr) == (1, "")
