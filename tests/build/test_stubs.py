"""Stubs of a real module: complete, accepted by mypy, true to the module.

mypy and its stubtest come with the extra `dev`.
"""

import importlib.util
import shutil
import sys

import pytest

pytestmark = [pytest.mark.build, pytest.mark.network]

# PyO3 adds the reflected operator, which refuses every argument; a submodule is an
# attribute of its parent, and cannot be imported by its own name.
KNOWN = "gallery\\._core\\.Picture\\.__radd__\ngallery\\._core\\.room\n"


@pytest.fixture
def gallery(copy_project):
    project = copy_project("tests/build/stubs/gallery")
    # cargo tells copies of a crate in one target directory apart by time only,
    # and the last test of an earlier run compiled other sources.
    (project / "src" / "lib.rs").touch()
    return project


@pytest.fixture
def check(run_command, run_ferrule, user_env, gallery, tmp_path):
    """Return a function that judges the stubs against the built module."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("needs mypy, which the extra `dev` brings")

    def call():
        site = tmp_path / "site"
        shutil.copytree(gallery / "python", site)
        (site / "gallery" / "py.typed").touch()
        built = ["build", "--profile", "dev", "--bare", tmp_path / "bare"]
        run_ferrule(*built, cwd=gallery).check()
        (library,) = (tmp_path / "bare").rglob("_core*.so")
        shutil.copy(library, site / "gallery")
        allowed = tmp_path / "allowed"
        allowed.write_text(KNOWN)
        run_command(
            *(sys.executable, "-m", "mypy", "--strict", "-p", "gallery"),
            cwd=site,
            env=user_env,
        )
        run_command(
            *(sys.executable, "-m", "mypy.stubtest", "gallery"),
            *("--allowlist", allowed, "--ignore-unused-allowlist"),
            cwd=site,
            env=user_env,
        )

    return call


def test_stubs_of_recorded_types_are_true(run_ferrule, gallery, check):
    done = run_ferrule("stubs", "--json", cwd=gallery).check()

    folder = gallery / "python" / "gallery" / "_core"
    files = [str(folder / "__init__.pyi"), str(folder / "room.pyi")]
    assert done.json() == {"files": files, "changed": files}
    text = (folder / "__init__.pyi").read_text()
    assert "def hang(\n    pictures: SupportsGetItem[int, Picture]," in text
    assert "class PaintError(Exception): ...\n" in text
    assert run_ferrule("stubs", cwd=gallery).check().stdout == ""
    run_ferrule("stubs", "--check", cwd=gallery).check()
    check()


def test_stubs_of_an_imported_module_are_true(run_ferrule, gallery, check):
    manifest = gallery / "Cargo.toml"
    text = manifest.read_text().replace('features = ["experimental-inspect"]', "")
    manifest.write_text(text.replace('"0.30", ', '"0.30"'))
    refused = run_ferrule("stubs", cwd=gallery)
    assert refused.returncode == 3
    assert "PyO3 0.30.1, which records them with the feature" in refused.stderr

    run_ferrule("stubs", "--runtime", cwd=gallery).check()

    stub = (gallery / "python" / "gallery" / "_core" / "__init__.pyi").read_text()
    assert "class PaintError(ValueError):\n" in stub
    assert "def mix(\n        self, other: Incomplete, /, weight" in stub
    check()


def test_a_module_that_is_a_function_is_completed_by_its_import(run_ferrule, gallery):
    source = gallery / "src" / "lib.rs"
    source.write_text(
        "use pyo3::prelude::*;\n"
        "#[pyfunction]\nfn double(value: i64) -> i64 { 2 * value }\n"
        "#[pymodule]\nfn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        '    m.add("LIMIT", 5)?;\n'
        "    m.add_function(wrap_pyfunction!(double, m)?)\n}\n"
    )
    path = gallery / "python" / "gallery" / "_core.pyi"

    done = run_ferrule("stubs", cwd=gallery).check()

    assert "its #[pymodule] is a function" in done.stderr
    assert "def __getattr__(name: str) -> Incomplete: ...\n" in path.read_text()
    run_ferrule("stubs", "--runtime", cwd=gallery).check()
    assert path.read_text().endswith(
        '__all__ = ["LIMIT", "double"]\n\n'
        "LIMIT: int\n\n"
        "def double(value: SupportsIndex) -> int: ...\n"
    )
