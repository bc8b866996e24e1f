"""Programs that start and leave Python by other functions than PyO3's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.build.bundle.conftest import BuiltBundle

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
FACTS = """
import json, sys
import plainthing
print(json.dumps([sys.executable, sys.prefix, sys.argv, sys.path]))
"""
ENDLESS = """
import atexit, threading, time
atexit.register(print, "after all")
threading.Thread(target=time.sleep, args=(60,)).start()
print("printed")
time.sleep(60)
"""


@pytest.fixture(scope="module")
def program(make_bundle, bundling_python, plain_wheel) -> BuiltBundle:
    words = ["--python", bundling_python, "--packages", plain_wheel]
    return make_bundle(HERE / "own-starts", "own-starts", *words, "--profile", "dev")


@pytest.mark.parametrize("way", ["python", "configured", "plain"])
def test_python_lies_in_the_bundle(program, way) -> None:
    words = [FACTS] if way == "plain" else ["-c", FACTS, "x"]
    # From 3.11 on, the launchers' variables count where no other does.
    env = {"PYTHONHOME": "/nowhere", "PATH": "/none", "PYTHONEXECUTABLE": "/other/app"}
    env["__PYVENV_LAUNCHER__"] = "/another/app"
    done = program.run(way, *words, env=env)
    assert done.returncode == 0, done.stderr
    executable, prefix, argv, path = json.loads(done.stdout)
    assert executable == str(program.folder / "bin" / "own-starts")
    assert prefix == str(program.folder)
    assert argv == (["-c", "x"] if way != "plain" else [*argv])
    assert all(not item or item.startswith(prefix) for item in path), path


def test_the_search_path_that_a_program_sets_itself(program, tmp_path: Path) -> None:
    own, users = tmp_path / "own", tmp_path / "users"
    library = tmp_path / "lib" / "python3"
    for folder in (own, users, library / "encodings"):
        folder.mkdir(parents=True)
    code = "import json, sys; print(json.dumps(sys.path))"
    env = {"OWN_FOLDERS": f"{own}:{library}:near", "PYTHONPATH": str(users)}
    done = program.run("path", code, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    path = json.loads(done.stdout)
    # Another installation's standard library does not come before the bundle's.
    assert path[:2] == [str(own), f"{tmp_path}/near"]
    assert str(users) not in path
    assert str(library) not in path
    done = program.run("plain", code, env={"PYTHONPATH": str(users)})
    assert str(users) not in json.loads(done.stdout)


def test_an_interpreter_that_is_added_has_the_packages(program) -> None:
    # It is also where the process ends, with what it printed.
    done = program.run("added", f"{FACTS}print(exit)", timeout=60)
    assert done.returncode == 0, done.stderr
    facts, shown = done.stdout.splitlines()
    executable, prefix, argv, path = json.loads(facts)
    assert executable == str(program.folder / "bin" / "own-starts")
    assert argv[1:2] == ["added"]
    assert prefix == str(program.folder)
    assert path[-1].endswith("/site-packages")
    assert shown == "Use exit() or Ctrl-D (i.e. EOF) to exit"


def test_an_end_while_another_thread_keeps_pythons_lock(program) -> None:
    assert program.run("held", timeout=30).returncode == 3


def test_an_end_by_another_thread_waits_for_no_thread(program) -> None:
    done = program.run("ended", ENDLESS, timeout=30)
    assert (done.returncode, done.stdout) == (5, "printed\nafter all\n"), done.stderr
