"""Every example is built, installed, imported and used."""

from __future__ import annotations

import re
import sys
import sysconfig
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
CPYTHON = f"cp{sys.version_info[0]}{sys.version_info[1]}"
DEV = ("--profile", "dev")
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Example:
    """What the wheel of an example must be."""

    folder: str
    dist_info: str
    tags: tuple[str, str]
    files: frozenset[str]
    dist_info_files: frozenset[str] = field(default_factory=frozenset)

    def all_files(self) -> set[str]:
        names = {"METADATA", "RECORD", "WHEEL", *self.dist_info_files}
        return {*self.files, *(f"{self.dist_info}.dist-info/{name}" for name in names)}


PURE = Example(
    "pure-module",
    "wordcount-0.1.0",
    (CPYTHON, CPYTHON),
    frozenset(
        {
            "wordcount/__init__.py",
            "wordcount/__init__.pyi",
            "wordcount/py.typed",
            f"wordcount/wordcount{SUFFIX}",
        }
    ),
)
MIXED = Example(
    "mixed-package",
    "geometry_example-0.1.0",
    (CPYTHON, CPYTHON),
    frozenset(
        {
            "geometry/__init__.py",
            f"geometry/_areas{SUFFIX}",
            "geometry/_areas.pyi",
            f"geometry/_paths{SUFFIX}",
            "geometry/_paths.pyi",
            "geometry/command.py",
            "geometry/py.typed",
            "geometry_example-0.1.0.data/scripts/polygon-area",
        }
    ),
    frozenset({"entry_points.txt"}),
)
ABI3 = Example(
    "abi3-module",
    "editdistance_abi3-0.1.0",
    ("cp39", "abi3"),
    frozenset({"editdistance/__init__.py", "editdistance/editdistance.abi3.so"}),
)
OLD_API = Example(
    "old-api-module",
    "roman_numerals_old-0.1.0",
    (CPYTHON, CPYTHON),
    frozenset({"roman/__init__.py", f"roman/roman{SUFFIX}"}),
)
MODULES = (PURE, MIXED, ABI3, OLD_API)


@pytest.mark.parametrize("example", MODULES, ids=lambda example: example.folder)
def test_wheel_has_the_right_name_and_files_and_works(
    example, copy_project, build_wheels, make_venv
):
    project = copy_project(f"examples/{example.folder}")

    (wheel,) = build_wheels(project, *DEV, "-i", sys.executable)

    assert wheel.path.name.startswith(f"{example.dist_info}-")
    assert wheel.tags[:2] == example.tags
    assert re.fullmatch(r"(linux|manylinux_\d+_\d+)_\w+", wheel.tags[2])
    without_sboms = {name for name in wheel.names() if "/sboms/" not in name}
    assert without_sboms == example.all_files()
    assert wheel.find_record_problems() == []
    venv = make_venv()
    venv.install(wheel.path)
    venv.run_tests(project)


@pytest.mark.parametrize("example", MODULES, ids=lambda example: example.folder)
def test_building_leaves_the_project_as_it_was(example, copy_project, build_wheels):
    project = copy_project(f"examples/{example.folder}")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    build_wheels(project, *DEV, "-i", sys.executable)

    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert after == before


def test_mixed_wheel_metadata(copy_project, build_wheels):
    (wheel,) = build_wheels(copy_project("examples/mixed-package"), *DEV)

    metadata = wheel.read("*.dist-info/METADATA").decode()
    for line in (
        "Name: geometry-example",
        "Version: 0.1.0",
        "License-Expression: MIT OR Apache-2.0",
        "Requires-Python: >=3.9",
        "Keywords: geometry,pyo3",
        "Project-URL: Source, https://example.org/geometry",
    ):
        assert line in metadata.splitlines()
    entry_points = wheel.read("*.dist-info/entry_points.txt").decode()
    assert entry_points.split() == [
        "[console_scripts]",
        "path-length=geometry.command:main",
    ]
    assert wheel.is_executable("geometry_example-0.1.0.data/scripts/polygon-area")


def test_one_wheel_for_each_interpreter(
    copy_project, build_wheels, make_venv, interpreters
):
    wanted = {name: path for name, path in interpreters.items() if name in VERSIONS}
    options = [word for path in wanted.values() for word in ("-i", path)]

    wheels = build_wheels(copy_project("examples/pure-module"), *DEV, *options)

    assert {wheel.tags[0] for wheel in wheels} == {
        "cp" + name.replace(".", "") for name in wanted
    }
    by_tag = {wheel.tags[0]: wheel for wheel in wheels}
    for name, path in wanted.items():
        venv = make_venv(path)
        venv.install(by_tag["cp" + name.replace(".", "")].path)
        assert venv.ask("import wordcount; print(wordcount.count('a b'))") == "2"


@pytest.mark.parametrize("version", VERSIONS)
def test_one_abi3_wheel_serves_all(
    version, interpreter, copy_project, build_wheels, make_venv
):
    python = interpreter(version)
    (wheel,) = build_wheels(copy_project("examples/abi3-module"), *DEV)

    venv = make_venv(python)
    venv.install(wheel.path)
    answer = venv.ask("import editdistance as e; print(e.distance('a', 'bc'))")

    assert answer == "2"


def test_bare_module_can_be_imported(copy_project, run_ferrule, make_venv, tmp_path):
    project = copy_project("examples/pure-module")
    folder = tmp_path / "bare"

    run_ferrule(
        "build", *DEV, "-i", sys.executable, "--bare", folder, cwd=project
    ).check()

    (module,) = folder.iterdir()
    assert module.name in {f"wordcount{SUFFIX}", "wordcount.so"}
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import wordcount as w"
    assert make_venv().ask(f"{code}; print(w.count('one two'))") == "2"


def test_sdist_holds_the_whole_workspace_and_builds(
    copy_project, run_ferrule, build_wheels, tmp_path
):
    project = copy_project("examples/mixed-package")
    out = tmp_path / "sdists"

    run_ferrule("sdist", "--out", out, cwd=project).check()

    (sdist,) = out.iterdir()
    assert sdist.name == "geometry_example-0.1.0.tar.gz"
    with tarfile.open(sdist) as archive:
        names = set(archive.getnames())
        archive.extractall(tmp_path, **_safe_extraction())
    root = "geometry_example-0.1.0"
    for name in ("Cargo.lock", "PKG-INFO", "crates/shapes/src/lib.rs"):
        assert f"{root}/{name}" in names
    (wheel,) = build_wheels(tmp_path / root, *DEV)
    assert "geometry_example-0.1.0.data/scripts/polygon-area" in wheel.names()


def _safe_extraction() -> dict[str, str]:
    """Return the argument that newer Pythons insist on (PEP 706)."""
    return {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@pytest.mark.parametrize("folder", ["pure-module", "old-api-module"])
def test_cargo_tests_of_a_module_link_libpython(folder, copy_project, run_ferrule):
    project = copy_project(f"examples/{folder}")

    done = run_ferrule("cargo", "--", "test", cwd=project).check()

    assert "test result: ok" in done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_embedding_program_runs_with_the_chosen_python(
    version, interpreter, copy_project, run_ferrule
):
    project = copy_project("examples/embedding-program")
    env = {"PYO3_PYTHON": str(interpreter(version))}

    done = run_ferrule("cargo", "--", "run", "--", "python", cwd=project, env=env)

    assert done.check().stdout.strip().startswith(f"{version}.")


def test_embedding_program_calculates(copy_project, run_ferrule):
    project = copy_project("examples/embedding-program")
    words = ["cargo", "--", "run", "--"]

    good = run_ferrule(*words, "Fraction(1, 3) + Fraction(1, 6)", cwd=project)
    bad = run_ferrule(*words, "1 / 0", cwd=project)

    assert good.check().stdout.strip() == "1/2"
    assert bad.returncode != 0
    assert "ZeroDivisionError" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_embedding_program_passes_its_own_tests(copy_project, run_ferrule):
    project = copy_project("examples/embedding-program")

    done = run_ferrule("cargo", "--", "test", cwd=project).check()

    assert "2 passed" in done.stdout


def test_examples_are_complete():
    root = Path(__file__).resolve().parents[2] / "examples"
    for folder in (path for path in root.iterdir() if path.is_dir()):
        for name in ("Cargo.toml", "Cargo.lock", "README.md"):
            assert (folder / name).is_file(), f"{folder.name} has no {name}"
