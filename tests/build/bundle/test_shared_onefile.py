"""Single files whose Python has no static library: libpython comes from memory."""

from __future__ import annotations

import ast
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.bundle.onefile.stored import read_payload
from ferrule.formats.elf import read_elf
from tests.build.bundle.onefiles import changed, flip, run
from tests.build.bundle.restrictions import forbid_memory_files

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only"),
]

FACTS = (
    "__import__('sys').executable, __import__('os').readlink('/proc/self/exe'), "
    "open('/proc/self/comm').read(), __import__('sys').argv[0], "
    "dict(__import__('os').environ), "
    "sorted(__import__('os').listdir('/proc/self/fd'))[:4], "
    "[line.split()[-2] for line in open('/proc/self/maps') if 'libpython' in line][:1]"
)


def test_it_needs_nothing_but_the_c_library(shared_calculator):
    elf = read_elf(shared_calculator)
    assert not any("python" in name for name in elf.needed)
    assert not elf.rpath
    payload = read_payload(shared_calculator.read_bytes(), "calculator")
    assert len(payload.start_libraries) >= 1


def test_program_and_environment_are_what_they_are(shared_calculator):
    env = {"LD_PRELOAD": "libm.so.6", "A": "1"}
    done = run(shared_calculator, FACTS, env=env)
    assert done.returncode == 0, done.stderr
    executable, exe, name, word, seen, files, mapped = ast.literal_eval(done.stdout)
    assert executable == exe == word == str(shared_calculator)
    assert name == "calculator\n"
    assert seen == env
    assert files[:3] == ["0", "1", "2"]
    assert mapped == ["/memfd:libpython"]
    done = run(shared_calculator, "dict(__import__('os').environ)")
    assert done.stdout == "{}\n"


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_processes(shared_calculator, method):
    code = f"__import__('multiprocessing').get_context('{method}')"
    done = run(shared_calculator, f"{code}.Pool(2).map(abs, [-3, -4])")
    assert (done.returncode, done.stdout) == (0, "[3, 4]\n"), done.stderr


def test_it_starts_itself(shared_calculator):
    words = "[__import__('sys').executable, '6*7']"
    done = run(shared_calculator, f"__import__('subprocess').check_output({words})")
    assert (done.returncode, done.stdout) == (0, "b'42\\n'\n"), done.stderr


def test_a_mark_of_another_process_means_nothing(shared_calculator):
    done = run(shared_calculator, "6*7", env={"_FERRULE_STARTED": "1:0:1:2"})
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


def test_where_only_the_c_library_is(shared_calculator, tmp_path, run_in_empty_root):
    (tmp_path / "app" / "bin").mkdir(parents=True)
    shutil.copy(shared_calculator, tmp_path / "app" / "bin")
    bundle = SimpleNamespace(folder=tmp_path / "app", program="calculator")
    code = "__import__('ssl').OPENSSL_VERSION and __import__('sqlite3').__name__"
    done = run_in_empty_root(bundle, [code], has_proc=True)
    assert (done.returncode, done.stdout) == (0, "sqlite3\n"), done.stderr
    done = run_in_empty_root(bundle, [code], has_proc=False)
    assert done.returncode == 1
    assert done.stderr == "this program cannot load its Python: /proc is missing\n"


def test_without_files_of_memory(shared_calculator, tmp_path):
    if platform.machine() != "x86_64":
        pytest.skip("the number of the call is that of one machine")
    tmp_path.chmod(0o700)
    env = {"XDG_CACHE_HOME": str(tmp_path)}
    code = (
        "__import__('sqlite3').__name__, "
        "[line.split()[-2] for line in open('/proc/self/maps') if '/#' in line][:1]"
    )
    done = run(shared_calculator, code, env=env, preexec_fn=forbid_memory_files)
    assert done.returncode == 0, done.stderr
    name, mapped = ast.literal_eval(done.stdout)
    assert name == "sqlite3"
    assert mapped[0].startswith(f"{tmp_path}/#")
    assert [item.name for item in tmp_path.iterdir()] == ["ferrule-programs"]


@pytest.mark.parametrize("place", [0, 5000, -1])
def test_a_changed_libpython_is_not_loaded(shared_calculator, tmp_path, place):
    payload = read_payload(shared_calculator.read_bytes(), "calculator")
    entry = payload.start_libraries[-1]
    offset = payload.start + int.from_bytes(entry[:8], "little")
    if place < 0:
        place += int.from_bytes(entry[8:16], "little")
    program = changed(shared_calculator, tmp_path / "app", flip(offset + place))
    done = run(program, "1 + 1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("this program is damaged: ")


def test_more_rights_than_the_user(shared_calculator):
    if os.geteuid() != 0:
        pytest.skip("only root makes programs of its own for others")
    place = Path("/var/tmp") / f"ferrule-setuid-{os.getpid()}"
    shutil.copy(shared_calculator, place)
    try:
        place.chmod(0o4755)
        words = ["setpriv", "--reuid=65534", "--clear-groups", str(place), "1 + 1"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    finally:
        place.unlink()
    assert done.returncode == 1, "is /var/tmp mounted nosuid?"
    assert "cannot run with more rights than its user" in done.stderr


def test_variables_of_python_mean_nothing(shared_calculator, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('foreign')")
    env = {
        **dict.fromkeys(("PYTHONPATH", "PYTHONHOME"), str(tmp_path)),
        **dict.fromkeys(("PYTHONINSPECT", "PYTHONVERBOSE", "PYTHONOPTIMIZE"), "1"),
        "PYTHONSTARTUP": str(tmp_path / "json.py"),
        "PYTHONBREAKPOINT": "json.x",
    }
    code = "__import__('json').dumps(list(__import__('sys').flags)[:3])"
    done = run(shared_calculator, code, env=env, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout == "[0, 0, 0]\n"
