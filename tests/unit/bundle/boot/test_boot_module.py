"""What the first module of a bundle does, and what it does at the end."""

from __future__ import annotations

import compileall
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.bundle.boot.sources import boot_source


@pytest.fixture
def run(tmp_path):
    """Return a function that runs code between the start and the end of a bundle."""
    text = boot_source().replace("{packages}", "").replace("{has_path_files}", "no")
    (tmp_path / "boot.py").write_text(text)

    def run(code: str, stdout=subprocess.PIPE):
        start = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        start += "sys.argv = ['app']; import boot\n"
        end = "\nimport os; os._exit(0 if boot.finish() else 120)"
        return subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", start + code + end],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_code_without_a_source_knows_its_place(run, tmp_path):
    source = tmp_path / "part.py"
    source.write_text("import inspect\nHERE = inspect.getfile(inspect.currentframe())")
    compileall.compile_file(str(source), quiet=1, legacy=True, stripdir=str(tmp_path))
    source.rename(tmp_path / "away")
    done = run("import part; print(part.HERE)")
    assert (done.returncode, done.stdout) == (0, f"{source}\n"), done.stderr


def test_what_is_left_open_is_written(run, tmp_path):
    left = [str(tmp_path / "text"), str(tmp_path / "bytes")]
    code = f"a, b = open({left[0]!r}, 'w'), open({left[1]!r}, 'wb')\n"
    done = run(code + "a.write('text'); b.write(b'bytes'); print('said', end='')")
    assert (done.returncode, done.stdout) == (0, "said"), done.stderr
    assert [Path(path).read_text() for path in left] == ["text", "bytes"]


def test_temporary_files_are_removed(run):
    code = "import tempfile\na = tempfile.NamedTemporaryFile(); print(a.name)\n"
    done = run(code + "b = tempfile.TemporaryDirectory(); print(b.name)")
    names = done.stdout.splitlines()
    assert (done.returncode, len(names)) == (0, 2), done.stderr
    assert not any(Path(name).exists() for name in names)


def test_a_failure_at_the_end_hides_nothing(run):
    done = run("import atexit; atexit.register(lambda: 1 / 0); print('said')")
    assert (done.returncode, done.stdout) == (0, "said\n")
    assert "ZeroDivisionError" in done.stderr


def test_a_closed_stream_is_no_failure(run):
    assert run("import sys; sys.stdout.close(); sys.stderr = None").returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_cannot_be_written_is_told(run):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = run("print('said')", stdout=full)
    assert done.returncode == 120
    assert "Exception ignored in" in done.stderr
    assert "No space left on device" in done.stderr
