"""`--inittab auto`: every module that is linked into a program is registered once."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.build.static_pythons import archive_of, ask

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
LOCK_OF_NEW = HERE.parents[2] / "examples" / "embedding-program" / "Cargo.lock"
IMPORTS = """
import sys
import by_hand, forgotten, of_dependency, of_library, of_macro, renamed
modules = by_hand, forgotten, of_dependency, of_library, of_macro, renamed
assert all(module.__spec__.origin == "built-in" for module in modules), modules
names = sys.builtin_module_names
assert all(names.count(module.__name__) == 1 for module in modules), names
assert "original" not in names
print(of_library.place, of_dependency.place, renamed.place)
try:
    import of_idle
except ModuleNotFoundError:
    print("not linked")
"""
EXPECTED = "library parts main\nnot linked\n"
NOTE = "the module `of_idle` is not registered: the program does not use the crate"


@pytest.fixture
def project(tmp_path) -> Path:
    folder = tmp_path / "modules-program"
    shutil.copytree(HERE / "modules-program", folder)
    return folder


@pytest.fixture
def bundle(project, run_ferrule, run_command):
    """Return a function that bundles the program and runs its imports."""

    def call(*words: str | Path, settings: str = "") -> list[str]:
        if settings:
            (project / "pyproject.toml").write_text(settings)
        out = project / "made"
        common = ["--profile", "dev", "-v", "-o", out]
        made = run_ferrule("bundle", *common, *words, cwd=project).check()
        assert NOTE in made.stdout
        [program] = [path for path in out.rglob("modules-program") if path.is_file()]
        done = run_command(program, IMPORTS, cwd=project, env={})
        assert done.stdout == EXPECTED
        return [line for line in made.stderr.splitlines() if " rustc --pro" in line]

    return call


def test_a_program_of_an_old_pyo3(bundle, bundling_python, project, target_dir):
    settings = '[tool.ferrule.bundle]\ninittab = "auto"\n'
    words = ["--python", bundling_python]
    first = bundle(*words, settings=settings)
    # What is in it is not known before it is linked, nor if cargo had done that.
    assert len(first) in (2, 3)
    # Then it is, until a source changes.
    assert len(bundle(*words, "--no-verify")) == 1
    # Or until that is forgotten; cargo remembers its links for longer.
    for path in target_dir.glob("ferrule/objects/modules-*.json"):
        path.unlink()
    assert len(bundle(*words, "--no-verify")) in (2, 3)
    main = project / "src" / "main.rs"
    main.write_text(main.read_text().replace("of_macro", "by_macro", 1))
    main.write_text(main.read_text().replace("by_macro", "of_macro", 1))
    assert len(bundle(*words, "--no-verify")) in (2, 3)


def test_one_file_of_a_current_pyo3(bundle, interpreters, project):
    own = "{}.{}".format(*sys.version_info[:2])
    python = interpreters.get(own)
    if python is None or archive_of(ask(python)) is None:
        pytest.skip("this Python has no libpython.a")
    for path in project.rglob("Cargo.toml"):
        path.write_text(path.read_text().replace('"0.22.6"', '"0.30"'))
    main = project / "src" / "main.rs"
    old, new = "pyo3::prepare_freethreaded_python", "Python::initialize"
    assert old in main.read_text()
    main.write_text(main.read_text().replace(old, new))
    shutil.copyfile(LOCK_OF_NEW, project / "Cargo.lock")
    bundle("--python", python, "--mode", "onefile", "--inittab", "auto")


def test_names_of_the_other_generation_are_refused_before_cargo(
    bundling_python, run_ferrule, project, tmp_path
):
    main = project / "src" / "main.rs"
    old, new = "pyo3::prepare_freethreaded_python", "Python::initialize"
    main.write_text(main.read_text().replace(old, new))
    env = {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    done = run_ferrule("bundle", "--python", bundling_python, cwd=project, env=env)
    assert done.returncode == 3
    assert "calls `initialize`, which pyo3 0.22.6 does not have" in done.stderr
    assert "write `pyo3::prepare_freethreaded_python()`" in done.stderr
    assert not (tmp_path / "target").exists()


def test_a_python_that_pyo3_does_not_know_is_refused_before_cargo(
    interpreters, run_ferrule, project, tmp_path
):
    if "3.14" not in interpreters:
        pytest.skip("needs Python 3.14")
    env = {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    words = ["--python", interpreters["3.14"]]
    done = run_ferrule("bundle", *words, cwd=project, env=env)
    assert done.returncode != 0
    assert "newer than PyO3's maximum supported version (3.13)" in done.stderr
    assert not (tmp_path / "target").exists()
