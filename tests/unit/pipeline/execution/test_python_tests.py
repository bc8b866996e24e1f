"""Which Python tests there are, and what runs them."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ferrule import log
from ferrule.errors.development import NoTestsError, TestRunnerMissingError
from ferrule.pipeline.execution.python_tests import (
    explain_failing_imports,
    find_test_files,
    run_python_tests,
)
from ferrule.python.probe import running_interpreter

UNITTEST = """
import unittest

class Case(unittest.TestCase):
    def test_it(self):
        self.assertEqual({left}, 1)
"""


@pytest.fixture(scope="module")
def bare_environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare") / "venv"
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def bare(bare_environment, make_interpreter):
    """Return an interpreter without pytest."""
    return make_interpreter(executable=str(bare_environment / "bin" / "python"))


def run(root: Path, interpreter, pyproject=None, **changes):
    values = {"command": (), "keyword": None, "arguments": (), "env": {}}
    values["skipped"] = root / "target"
    return run_python_tests(root, pyproject, interpreter, **{**values, **changes})


def test_test_files_are_found_where_tests_are(tmp_path) -> None:
    wanted = ["tests/test_a.py", "b_test.py"]
    others = [".hidden/test_x.py", "target/test_x.py", "build/test_x.py", "test.txt"]
    others += ["env/test_x.py", "env/pyvenv.cfg", "tests/conftest.py"]
    for name in (*wanted, *others):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = find_test_files(tmp_path, tmp_path / "target")
    assert sorted(str(path.relative_to(tmp_path)) for path in found) == sorted(wanted)


def test_pytest_runs_and_its_status_counts(tmp_path, capfd) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "test_bad.py").write_text("assert False")
    path = tmp_path / "test_it.py"
    path.write_text("def test_one(): pass\n\ndef test_two(): pass\n")
    python = running_interpreter()
    # Plugins of the developer's environment take most of the time.
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    assert run(tmp_path, python, env=env) == "passed"
    assert "2 passed" in capfd.readouterr().out
    assert run(tmp_path, python, env=env, keyword="two") == "passed"
    assert "1 passed" in capfd.readouterr().out
    assert run(tmp_path, python, env=env, keyword="three") == "none"
    path.write_text("def test_one(): assert 0\n")
    assert run(tmp_path, python, env=env) == "failed"


def test_nothing_runs_where_nothing_is(tmp_path) -> None:
    assert run(tmp_path, running_interpreter()) == "none"


def test_unittest_runs_what_needs_no_more(tmp_path, bare) -> None:
    path = tmp_path / "tests" / "test_it.py"
    path.parent.mkdir()
    path.write_text(UNITTEST.format(left=1))
    assert run(tmp_path, bare) == "passed"
    path.write_text(UNITTEST.format(left="1 + 1"))
    assert run(tmp_path, bare) == "failed"


@pytest.mark.parametrize(
    ("text", "pyproject"),
    [
        ("def test_it(): pass\n", None),
        (UNITTEST.format(left=1), {"tool": {"pytest": {"ini_options": {}}}}),
    ],
    ids=["functions", "configured"],
)
def test_a_missing_pytest_is_told(tmp_path, bare, text, pyproject) -> None:
    (tmp_path / "test_it.py").write_text(text)
    with pytest.raises(TestRunnerMissingError) as caught:
        run(tmp_path, bare, pyproject)
    assert "tests: test_it.py" in str(caught.value)
    assert f"{bare.executable} -m pip install pytest" in str(caught.value)


def test_the_projects_own_command(tmp_path, bare) -> None:
    code = "import sys; sys.exit(sys.argv[1:] != ['-x'])"
    words = ("python", "-c", code)
    assert run(tmp_path, bare, command=words, arguments=("-x",)) == "passed"
    assert run(tmp_path, bare, command=words) == "failed"


def test_no_test_is_an_error_with_words(tmp_path) -> None:
    text = str(NoTestsError(tmp_path, ["Rust tests of a: none"], None))
    assert "no test was run: there is none" in text
    assert "#[test]" in text
    text = str(NoTestsError(tmp_path, [], "nme"))
    assert "whose name contains 'nme'" in text
    assert "after -k" in text


def test_modules_that_cannot_be_imported_are_explained(tmp_path) -> None:
    dynload = Path(sysconfig.get_path("stdlib")) / "lib-dynload"
    source = next(dynload.glob("_bisect.*.so"), None)
    if source is None:
        pytest.skip("this Python has no _bisect of its own file")
    (tmp_path / "other.so").write_bytes(source.read_bytes())
    (tmp_path / "fails.py").write_text("raise RuntimeError('for its own reasons')")
    told: list[tuple[str, str]] = []
    with log.sink_to(lambda kind, text: told.append((kind, text))):
        explain_failing_imports(
            ["json", "fails", "other"],
            running_interpreter(),
            tmp_path,
            {"PYTHONPATH": str(tmp_path)},
        )
    ((kind, text),) = told
    assert kind == "warning"
    assert text.startswith(
        "import other: The module does not export the function that Python calls\n"
    )
    assert "PyInit_other" in text
