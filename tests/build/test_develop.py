"""`ferrule develop`: editable installs without pip, in real environments."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

SITE = """
import sysconfig
print(sysconfig.get_path("platlib"))
"""


@pytest.fixture
def develop(run_ferrule):
    """Return a function that runs `ferrule develop` and reads its JSON."""

    def call(project: Path, python: Path, *args: str, env=None) -> dict:
        words = ["develop", "--json", "--python", str(python), *args]
        return run_ferrule(*words, cwd=project, env=env).check().json()

    return call


def files_of(venv) -> dict[str, int]:
    """Return every file of an environment with its time."""
    return {
        str(path): path.lstat().st_mtime_ns
        for path in venv.folder.rglob("*")
        if not path.is_dir() and "__pycache__" not in path.parts
    }


def modules_in(site: Path) -> list[str]:
    return sorted(path.name for path in site.rglob("wordcount*.so"))


def binaries_in(project: Path) -> list[Path]:
    return [*project.rglob("*.so"), *project.rglob("*.pyd")]


def test_modules_programs_and_scripts(
    copy_project, develop, make_venv, run_command
) -> None:
    project = copy_project("examples/mixed-package")
    venv = make_venv()
    before = files_of(venv)
    first = develop(project, venv.folder)
    assert first["changed"]
    assert first["environment"] == str(venv.folder)
    assert binaries_in(project) == []
    areas = "import geometry; print(geometry.__file__, geometry.area)"
    assert str(project) in venv.ask(areas)
    scripts = venv.folder / "bin"
    done = run_command(scripts / "path-length", "0,0", "3,4", cwd=project, env=venv.env)
    assert done.stdout.strip() == "5.0"
    done = run_command(
        scripts / "polygon-area", "0,0", "1,0", "1,1", cwd=project, env=venv.env
    )
    assert done.stdout.strip() == "0.5"
    installed = files_of(venv)

    again = develop(project, venv.folder)
    assert (again["changed"], again["compiled"]) == (False, [])
    assert files_of(venv) == installed

    # Another environment of the same Python compiles nothing either.
    other = make_venv()
    assert develop(project, other.folder)["compiled"] == []
    venv.run_tests(project / "tests")

    removed = develop(project, venv.folder, "--uninstall")["removed"]
    assert len(removed) > 5
    assert files_of(venv) == before


def test_edits_are_seen(copy_project, develop, make_venv, interpreter) -> None:
    project = copy_project("examples/pure-module")
    venv = make_venv(interpreter("3.12"))
    source = project / "src" / "lib.rs"
    # A target directory that is kept may hold an edited build of another time.
    source.write_text(source.read_text())
    develop(project, venv.folder)
    count = "import wordcount; print(wordcount.count('one two'))"
    assert venv.ask(count) == "2"
    text = source.read_text()
    assert ".count()" in text
    source.write_text(text.replace(".count()", ".count() + 100", 1))
    edited = develop(project, venv.folder)
    assert [name.partition(":")[0] for name in edited["compiled"]] == ["wordcount"]
    # The installation itself is as it was: only the module is a new file.
    assert not edited["changed"]
    assert venv.ask(count) == "102"


def test_pip_and_ferrule_replace_each_other_cleanly(
    copy_project, develop, make_venv, build_wheels, run_command, interpreter
) -> None:
    project = copy_project("examples/pure-module")
    python = interpreter("3.12")
    venv = make_venv(python)
    wheel = build_wheels(project, "-i", str(python), "--profile", "dev")[0]
    run_command(venv.python, "-m", "ensurepip", cwd=project, env=venv.env)
    pip = [venv.python, "-m", "pip"]
    clean = files_of(venv)
    run_command(*pip, "install", "-q", wheel.path, cwd=project, env=venv.env)
    site = Path(venv.ask(SITE))
    copied = modules_in(site)
    assert copied
    develop(project, venv.folder)
    assert modules_in(site) == []
    where = venv.ask("from wordcount import wordcount; print(wordcount.__file__)")
    assert "ferrule/editable" in where

    done = run_command(
        *pip, "list", "--editable", "--format=json", cwd=project, env=venv.env
    )
    (entry,) = json.loads(done.stdout)
    assert entry["editable_project_location"] == str(project)
    run_command(*pip, "check", cwd=project, env=venv.env)

    run_command(*pip, "install", "-q", wheel.path, cwd=project, env=venv.env)
    assert modules_in(site) == copied
    assert not list(site.glob("_ferrule_editable_*"))
    develop(project, venv.folder)
    run_command(*pip, "uninstall", "-q", "-y", entry["name"], cwd=project, env=venv.env)
    assert files_of(venv).keys() == clean.keys()


@pytest.mark.network
def test_missing_requirements_are_installed_once(
    copy_project, run_ferrule, make_venv, interpreter, run_command
) -> None:
    project = copy_project("examples/pure-module")
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text()
    added = (
        'dependencies = ["iniconfig>=2"]\n'
        'optional-dependencies = {more = ["pluggy"], none = ["not-there-at-all"]}\n'
    )
    text = text.replace("[project]\n", f"[project]\n{added}", 1)
    pyproject.write_text(f'{text}\n[dependency-groups]\ndev = ["packaging"]\n')
    venv = make_venv(interpreter("3.12"))
    run_command(venv.python, "-m", "ensurepip", cwd=project, env=venv.env)
    words = ["develop", "--json", "--python", venv.folder]
    first = run_ferrule(*words, "--extra", "more", cwd=project).check().json()
    assert first["requirements_installed"] == ["iniconfig>=2", "pluggy", "packaging"]
    assert venv.ask("import iniconfig, pluggy, packaging; print(1)") == "1"
    again = run_ferrule(*words, "--extra", "more", "-v", cwd=project).check()
    assert again.json()["requirements_installed"] == []
    assert "pip" not in again.stderr
    only = run_ferrule(*words, "--only-deps", "-v", cwd=project).check()
    assert "cargo rustc" not in only.stderr
    failed = run_ferrule(*words, "--extra", "none", cwd=project)
    assert failed.returncode == 4
    assert "the missing requirements could not be installed" in failed.stderr
    assert "missing: not-there-at-all" in failed.stderr


def test_what_is_missing_is_said_where_nothing_can_install_it(
    copy_project, run_ferrule, make_venv, interpreter, user_env, tmp_path
) -> None:
    project = copy_project("examples/pure-module")
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text()
    text = text.replace("[project]\n", '[project]\ndependencies = ["iniconfig"]\n', 1)
    pyproject.write_text(text)
    venv = make_venv(interpreter("3.12"))
    bare = make_venv(interpreter("3.12"))
    # ferrule itself runs with pip at hand: take that away as well.
    source = Path(__file__).resolve().parents[2] / "src"
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("packaging", "pathspec"):
        module = __import__(name)
        (packages / name).symlink_to(Path(module.__file__).parent)
    env = {**user_env, "PYTHONPATH": f"{source}{os.pathsep}{packages}"}
    words = [bare.python, "-m", "ferrule", "develop", "--python", venv.folder]
    done = subprocess.run(
        words, cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr
    assert "neither pip nor uv is there to install them" in done.stderr
    assert "missing: iniconfig" in done.stderr
    assert "the project itself is installed" in done.stderr
    done = subprocess.run(
        [*words, "--no-deps"],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_pypy(copy_project, develop, make_venv, interpreter) -> None:
    project = copy_project("examples/old-api-module")
    venv = make_venv(interpreter("pypy3"))
    assert develop(project, venv.folder)["changed"]
    assert venv.ask("import roman; print(roman.__name__)") == "roman"


def test_the_active_environment_and_dot_venv(
    copy_project, make_venv, interpreter, run_command, user_env, ferrule_wheel, tmp_path
) -> None:
    """ferrule in an environment for tools alone, as pipx installs it."""
    project = copy_project("examples/pure-module")
    tools = make_venv()
    (tools.folder / "pipx_metadata.json").write_text("{}")
    run_command(tools.python, "-m", "ensurepip", cwd=project, env=user_env)
    pip = [tools.python, "-m", "pip", "install", "-q", ferrule_wheel]
    run_command(*pip, cwd=project, env=user_env)
    venv = make_venv(interpreter("3.12"))
    ferrule = tools.folder / "bin" / "ferrule"
    active = {**user_env, "VIRTUAL_ENV": str(venv.folder)}
    done = run_command(ferrule, "develop", "--json", cwd=project, env=active).json()
    assert done["environment"] == str(venv.folder)
    assert done["environment_source"] == "VIRTUAL_ENV"
    (project / ".venv").symlink_to(venv.folder)
    done = run_command(ferrule, "develop", "--json", cwd=project / "src", env=user_env)
    assert done.json()["environment_source"] == ".venv"


def test_errors(copy_project, run_ferrule, make_venv, interpreter) -> None:
    project = copy_project("examples/pure-module")
    venv = make_venv(interpreter("3.12"))
    nothing = run_ferrule(
        "develop", "--uninstall", "--python", venv.folder, cwd=project
    )
    assert nothing.returncode == 2
    assert "wordcount" in nothing.stderr
    assert f"is not installed in {venv.folder}" in nothing.stderr
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text()
    assert 'requires-python = "' in text
    head, _, rest = text.partition('requires-python = "')
    pyproject.write_text(
        f'{head}requires-python = ">=3.99{rest[rest.index(chr(34)) :]}'
    )
    old = run_ferrule("develop", "--python", venv.folder, cwd=project)
    assert old.returncode == 4
    assert "does not satisfy requires-python = '>=3.99'" in old.stderr
    assert "Traceback" not in old.stderr
