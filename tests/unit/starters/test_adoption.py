"""What `ferrule init` plans for folders of every sort."""

from __future__ import annotations

import pytest

from ferrule.errors.starters import (
    AlreadyBuiltError,
    PeerProjectError,
    UnfitProjectError,
)
from ferrule.starters.adoption import guess_kind, plan_completion
from ferrule.starters.existing import inspect_folder
from ferrule.starters.kinds import find_kind
from ferrule.starters.names import choose_names
from ferrule.starters.plan import write_plan
from ferrule.starters.rendering import Starter
from ferrule.starters.surroundings import find_workspace_note
from ferrule.toml import parse_toml

CRATE = '[package]\nname = "word-tools"\nversion = "0.1.0"\n'
HATCH = (
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    '[project]\nname = "word-tools"\nversion = "1"\n'
)
OURS = '[build-system]\nrequires = ["ferrule"]\nbuild-backend = "ferrule"\n'


@pytest.fixture
def make(tmp_path):
    def make(**files):
        root = tmp_path / "folder"
        root.mkdir()
        for name, text in files.items():
            path = root / name.replace("_DOT_", ".").replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return make


def plan(root, kind=None, name=None):
    existing = inspect_folder(root)
    names = choose_names(name or existing.project_name or "word-tools")
    chosen = find_kind(kind or guess_kind(existing, names))
    starter = Starter(chosen, names)
    return plan_completion(existing, starter, is_chosen=kind is not None)


def actions(planned):
    return {file.path: file.action for file in planned.files}


def text_of(planned, path):
    return next(file.after for file in planned.files if file.path == path)


def test_an_empty_folder_becomes_a_whole_project_and_keeps_its_files(make):
    root = make(README_DOT_md="mine\n")

    planned = plan(root, "mixed")

    assert actions(planned)["README.md"] == "keep"
    assert actions(planned)["src/lib.rs"] == "create"
    assert set(actions(planned).values()) == {"create", "keep"}


def test_a_crate_becomes_a_module(make):
    root = make(Cargo_DOT_toml=CRATE, src__lib_DOT_rs="fn one() {}\n")

    planned = plan(root)

    found = actions(planned)
    assert planned.kind == "module"
    assert (found["Cargo.toml"], found["src/lib.rs"]) == ("change", "change")
    assert found["src/python.rs"] == found["word_tools.pyi"] == "create"
    assert text_of(planned, "src/lib.rs") == "fn one() {}\n\nmod python;\n"
    assert planned.notes == ("src/lib.rs now declares `mod python;`",)
    assert "readme" not in parse_toml(text_of(planned, "pyproject.toml"))["project"]


def test_a_taken_module_name_is_avoided(make):
    root = make(
        Cargo_DOT_toml=CRATE, src__lib_DOT_rs="mod python;\n", src__python_DOT_rs=""
    )

    assert "src/python_module.rs" in actions(plan(root))


def test_a_program_gets_a_library_beside_it(make):
    root = make(Cargo_DOT_toml=CRATE, src__main_DOT_rs="fn main() {}\n")

    found = actions(plan(root))

    assert found["src/lib.rs"] == "create"
    assert "src/main.rs" not in found


def test_a_crate_with_pyo3_keeps_its_sources(make):
    manifest = CRATE + '[dependencies]\npyo3 = "0.22"\n'
    root = make(Cargo_DOT_toml=manifest, src__lib_DOT_rs="//\n")

    planned = plan(root)

    assert not [path for path in actions(planned) if path.endswith((".rs", ".pyi"))]
    assert planned.notes == (
        "the crate uses PyO3 already: its #[pymodule] must be called word_tools",
    )


@pytest.mark.parametrize("folder", ["src/", "", "python/"])
def test_a_python_package_gets_a_module_in_rust(make, folder):
    root = make(pyproject_DOT_toml=HATCH)
    path = root / folder / "word_tools" / "__init__.py"
    path.parent.mkdir(parents=True)
    path.write_text("X = 1\n")

    planned = plan(root)

    found = actions(planned)
    assert planned.kind == "mixed"
    assert f"{folder}word_tools/__init__.py" not in found
    assert found[f"{folder}word_tools/_core.pyi"] == "create"
    assert found["rust/lib.rs"] == found["Cargo.toml"] == "create"
    ours = parse_toml(text_of(planned, "pyproject.toml"))["tool"]["ferrule"]
    assert ours["module-name"] == "word_tools._core"
    assert ours.get("python-source", "") == folder.rstrip("/")
    assert "ferrule builds instead of hatchling" in planned.notes[0]
    library = parse_toml(text_of(planned, "Cargo.toml"))["lib"]
    assert (library["name"], library["path"]) == ("_core", "rust/lib.rs")


def test_setup_py_gets_a_module_in_rust_beside_it(make):
    root = make(setup_DOT_py="from setuptools import setup\nsetup()\n")
    (root / "word_tools").mkdir()
    (root / "word_tools" / "__init__.py").touch()

    planned = plan(root)

    document = parse_toml(text_of(planned, "pyproject.toml"))
    assert planned.kind == "setuptools"
    assert "project" not in document
    backend = document["build-system"]["build-backend"]
    assert backend == "ferrule.setuptools:__legacy__"
    (module,) = document["tool"]["setuptools-rust"]["ext-modules"]
    assert module["target"] == "word_tools._rust"
    assert "setup.py" not in actions(planned)


def test_setup_py_without_a_package_is_refused(make):
    root = make(setup_DOT_py="")

    with pytest.raises(UnfitProjectError) as caught:
        plan(root)

    assert "has a setup.py, but no Python package word_tools" in str(caught.value)
    assert "ferrule init --name" in str(caught.value)


def test_a_project_of_ferrule_gets_what_surrounds_it(make):
    root = make(
        Cargo_DOT_toml=CRATE, pyproject_DOT_toml=OURS, _DOT_gitignore="target\n"
    )
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "mine.yml").touch()

    assert actions(plan(root)) == {
        ".gitignore": "change",
        ".vscode/extensions.json": "create",
        ".vscode/settings.json": "create",
    }
    with pytest.raises(AlreadyBuiltError) as caught:
        plan(root, "program")
    assert "is built by ferrule already, and is no program project" in str(caught.value)
    assert "leave out --kind" in str(caught.value)


@pytest.mark.parametrize(
    ("files", "peer"),
    [
        ({"pyproject_DOT_toml": "[tool.maturin]\n"}, "maturin"),
        (
            {"pyproject_DOT_toml": '[build-system]\nrequires = ["setuptools-rust"]\n'},
            "setuptools-rust",
        ),
        ({"setup_DOT_py": "from setuptools_rust import *\n"}, "setuptools-rust"),
    ],
    ids=["maturin", "setuptools-rust", "setup.py"],
)
def test_projects_of_peers_are_migrated_instead(make, files, peer):
    root = make(**files)

    with pytest.raises(PeerProjectError) as caught:
        plan(root)

    assert f"{root} is a project of {peer}" in str(caught.value)
    assert "ferrule migrate --check" in str(caught.value)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"Cargo_DOT_toml": "[workspace]\n"}, "a workspace without a package"),
        ({"pyproject_DOT_toml": "[tool.poetry]\n"}, "in [tool.poetry] only"),
    ],
    ids=["workspace", "poetry"],
)
def test_what_must_be_changed_by_hand_is_said(make, files, text):
    with pytest.raises(UnfitProjectError) as caught:
        plan(make(**files))

    assert text in str(caught.value)
    assert "fix: " in str(caught.value)


def test_a_crate_cannot_become_every_kind(make):
    root = make(Cargo_DOT_toml=CRATE)

    with pytest.raises(UnfitProjectError) as caught:
        plan(root, "workspace")

    assert "cannot become a workspace project" in str(caught.value)
    assert "it can become: module, abi3, mixed" in str(caught.value)


@pytest.mark.parametrize("kind", ["module", "mixed"])
def test_a_second_run_changes_nothing(make, kind):
    root = make(Cargo_DOT_toml=CRATE, src__lib_DOT_rs="")
    write_plan(plan(root, kind))

    assert set(actions(plan(root)).values()) == {"keep"}


def test_a_workspace_above_is_told(tmp_path):
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["known"]\n')

    note = find_workspace_note(tmp_path / "new")

    assert note is not None
    assert 'add "new" to its `members`' in note
    assert find_workspace_note(tmp_path / "known") is None
