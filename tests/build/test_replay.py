"""`ferrule develop` and rebuilds that do again what an earlier run did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

REPLAYED = "replaying the last run"
COUNT = "import wordcount; print(wordcount.count('one two'))"


class Inner:
    """One project in one environment, and what a developer does with it."""

    def __init__(self, root: Path, venv, run_ferrule) -> None:
        self.root = root
        self.venv = venv
        self.source = root / "src" / "lib.rs"
        self._run = run_ferrule
        # A target directory that is kept may hold an edited build of another time.
        self.source.write_text(self.source.read_text())

    def develop(self, *words: str, env=None):
        command = ["develop", "-vv", "--python", self.venv.folder, *words]
        return self._run(*command, cwd=self.root, env=env)

    def settle(self, *words: str, env=None) -> None:
        """Run until the next run is a replay: the first one makes files itself."""
        for _ in range(4):
            if REPLAYED in self.develop(*words, env=env).check().stderr:
                return
        pytest.fail("no run was replayed")

    def plans(self, *words: str, env=None) -> str:
        """Run, and require that everything was planned anew."""
        done = self.develop(*words, env=env).check()
        assert REPLAYED not in done.stderr
        return done.stderr

    def replays(self, *words: str, env=None) -> str:
        done = self.develop(*words, env=env).check()
        assert REPLAYED in done.stderr, done.stderr
        assert "planning again" not in done.stderr
        return done.stderr

    def edit(self, old: str, new: str) -> None:
        text = self.source.read_text()
        assert old in text
        self.source.write_text(text.replace(old, new, 1))


@pytest.fixture
def inner(copy_project, make_venv, run_ferrule, interpreter) -> Inner:
    project = copy_project("examples/pure-module")
    return Inner(project, make_venv(interpreter("3.12")), run_ferrule)


def test_edits_are_replayed(inner: Inner) -> None:
    inner.settle()
    assert inner.venv.ask(COUNT) == "2"
    inner.settle()
    inner.edit(".count()", ".count() + 100")
    told = inner.replays()
    assert "wordcount 0.1.0 is installed (1 compiled, " in told
    assert "building wordcount 0.1.0 for CPython 3.12" in told
    assert inner.venv.ask(COUNT) == "102"
    assert "(0 edited files)" in inner.replays()

    # A file that the sources name since then is an input from then on.
    (inner.root / "src" / "greeting.txt").write_text("one two three")
    inner.plans()
    inner.edit("100", '{ include_str!("greeting.txt").len() }')
    inner.replays()
    assert inner.venv.ask(COUNT) == str(2 + len("one two three"))
    (inner.root / "src" / "greeting.txt").write_text("four")
    inner.plans()
    assert inner.venv.ask(COUNT) == "6"

    # JSON says the same either way.
    inner.settle("--json")
    done = json.loads(inner.develop("--json").check().stdout)
    assert (done["changed"], done["compiled"]) == (False, [])
    assert done["requirements_installed"] == []
    assert done["fresh"] > 5


def test_a_compile_error_is_shown_and_explained(inner: Inner) -> None:
    inner.settle()
    text = inner.source.read_text()
    inner.edit(".count()", ".count() + nothing_of_that_name")
    failed = inner.develop()
    assert failed.returncode == 5
    assert REPLAYED in failed.stderr
    assert "cannot find value `nothing_of_that_name`" in failed.stderr
    assert failed.stderr.count("error[E0425]") == 1
    assert "Traceback" not in failed.stderr
    # What only the full way explains is explained by it.
    inner.source.write_text(text.replace("mod wordcount {", "mod other_name {"))
    failed = inner.develop()
    assert failed.returncode == 3, failed.stderr
    assert "planning again: the module's name changed" in failed.stderr
    assert "PyInit_other_name" in failed.stderr
    inner.source.write_text(text)
    inner.replays()
    assert inner.venv.ask(COUNT) == "2"


def test_whatever_else_changes_is_planned(
    inner: Inner, make_venv, interpreter, user_env, target_dir, tmp_path
) -> None:
    inner.settle()
    for name in ("pyproject.toml", "Cargo.toml", "README.md"):
        path = inner.root / name
        path.write_text(path.read_text() + "\n")
        inner.plans()
        inner.replays()
    (inner.root / ".cargo").mkdir()
    (inner.root / ".cargo" / "config.toml").write_text("[term]\nquiet = false\n")
    inner.plans()
    inner.replays()
    inner.plans(env={"FERRULE_STRICT": "true"})
    inner.plans(env={"SOME_VARIABLE": "1"})
    inner.plans("--no-deps")
    inner.settle()  # the finder remembers such variables, so it was written anew
    inner.replays(env={"TERM": "xterm-color", "SHLVL": "7"})
    record = next(inner.venv.folder.rglob("wordcount-*.dist-info/RECORD"))
    finder = next(inner.venv.folder.rglob("_ferrule_editable_wordcount.py"))
    finder.unlink()
    assert "installed wordcount" in inner.plans()
    assert finder.exists()
    inner.settle()
    inner.develop("--uninstall").check()
    assert not record.exists()
    assert "installed wordcount" in inner.plans()
    inner.settle()
    shutil.rmtree(inner.venv.folder)
    venv = make_venv(interpreter("3.12"))
    venv.folder.rename(inner.venv.folder)
    assert "installed wordcount" in inner.plans()
    for path in target_dir.glob("ferrule/editable/wordcount/*/freshness"):
        if str(inner.root) in path.read_text():
            shutil.rmtree(path.parent)
    inner.plans()
    assert inner.venv.ask(COUNT) == "2"


def test_a_rebuild_on_import_is_replayed(inner: Inner, run_ferrule, target_dir) -> None:
    inner.develop("--rebuild-on-import").check()
    for number in (1, 2, 3):
        inner.edit(".count()", f".count() + {number} - {number}")
        assert inner.venv.ask(COUNT) == "2"
    record = next(
        path
        for path in target_dir.glob("ferrule/editable/wordcount/*/freshness")
        if str(inner.root) in path.read_text()
    )
    told = ""
    for number in (10, 20):
        inner.edit(".count()", f".count() + {number}")
        told = run_ferrule("rebuild", record, "-vv", cwd=inner.root).check().stderr
    assert f"{REPLAYED} (1 edited files)" in told
    assert "installed" not in told
    assert inner.venv.ask(COUNT) == "32"
    fresh = run_ferrule("rebuild", record, "-vv", cwd=inner.root).check()
    assert fresh.stderr == ""


def test_two_modules(make_venv, run_ferrule, interpreter, tmp_path) -> None:
    root = tmp_path / "pair"
    for name in ("left", "right"):
        (root / name / "src").mkdir(parents=True)
        (root / name / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
            '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.30"\n'
        )
        (root / name / "src" / "lib.rs").write_text(
            f"#[pyo3::pymodule]\nmod {name} {{\n    #[pyo3::pyfunction]\n"
            "    fn number() -> i32 { 1 }\n}\n"
        )
    (root / "Cargo.toml").write_text(
        '[workspace]\nmembers = ["left", "right"]\nresolver = "2"\n'
    )
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["ferrule"]\nbuild-backend = "ferrule"\n'
        '[project]\nname = "pair"\nversion = "0.1.0"\n'
        '[tool.ferrule]\nmanifest-path = "left/Cargo.toml"\n'
        '[[tool.ferrule.modules]]\nname = "left"\n'
        '[[tool.ferrule.modules]]\nname = "right"\n'
        'manifest-path = "right/Cargo.toml"\n'
    )
    (root / "src").mkdir()
    (root / "src" / "lib.rs").write_text("")
    inner = Inner(root, make_venv(interpreter("3.12")), run_ferrule)
    inner.settle()
    ask = "import left, right; print(left.number(), right.number())"
    assert inner.venv.ask(ask) == "1 1"
    inner.settle()
    source = root / "right" / "src" / "lib.rs"
    source.write_text(source.read_text().replace("{ 1 }", "{ 2 }"))
    inner.replays()
    assert inner.venv.ask(ask) == "1 2"
