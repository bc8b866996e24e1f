"""`ferrule migrate` on real projects: rewritten, built before and after, compared."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.build

IDENTITY = ("-c", "user.name=n", "-c", "user.email=n@example.org")
SOURCE = """\
use {ffi}::*;

#[no_mangle]
pub unsafe extern "C" fn PyInit_{name}() -> *mut PyObject {{
    std::ptr::null_mut()
}}
"""
CRATE = """\
[package]
name = "{package}"
version = "0.3.0"
edition = "2021"
homepage = "https://example.org/of-the-crate"

[lib]
name = "{name}"
crate-type = ["cdylib"]

[dependencies]
{dependency}
"""
MATURIN = """\
[build-system]
requires = ["maturin>=1.9,<2.0"] # any
build-backend = "maturin"

[project]
name = "pack"
dynamic = ["version"]
dependencies = ["attrs >= 20"]

[project.scripts]
pack = "pack:main"

# Where things are.
[tool.maturin]
bindings = "pyo3"
module-name = "pack.ext" # inside the package
python-source = "python"
skip-auditwheel = true

[[tool.maturin.include]]
path = "python/pack/*.txt" # data
format = "sdist"
"""
SETUP = """\
from setuptools import find_packages, setup
from setuptools_rust import Binding, RustExtension

setup(
    name="spack",
    version="1.2.3",
    description="A thing",
    packages=find_packages("src"),
    package_dir={"": "src"},
    package_data={"spack": ["*.txt"]},
    entry_points={"console_scripts": ["spack = spack:main"]},
    rust_extensions=[
        RustExtension("spack.ext", path="rust/Cargo.toml", binding=Binding.NoBinding)
    ],
    zip_safe=False,
)
"""


def write_project(root, **files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for words in (["init", "-q"], ["add", "-A"], [*IDENTITY, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def changed_files(root):
    done = subprocess.run(
        ["git", "status", "--porcelain", "--ignored"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(line[3:] for line in done.stdout.splitlines())


def reference(peer, module):
    """Return how the report calls who built the project before."""
    is_installed = importlib.util.find_spec(module) is not None
    return f"before: {peer} " if is_installed else "reading the configuration of"


@pytest.fixture
def migrate(run_ferrule):
    """Return a function that runs `ferrule migrate` for this interpreter."""

    def call(root, *words, **env):
        return run_ferrule(
            "migrate", *words, cwd=root, env={"PYO3_PYTHON": sys.executable, **env}
        )

    return call


@pytest.fixture
def maturin_project(tmp_path):
    crate = CRATE.format(package="pack", name="ext", dependency='pyo3-ffi = "0.30"')
    return write_project(
        tmp_path / "pack",
        **{
            "pyproject.toml": MATURIN,
            "Cargo.toml": crate,
            "src/lib.rs": SOURCE.format(ffi="pyo3_ffi", name="ext"),
            "python/pack/__init__.py": "def main(): ...\n",
            "python/pack/data.txt": "x\n",
            "python/pack/__pycache__/old.cpython-312.pyc": "x\n",
        },
    )


def test_a_maturin_project_is_proven_and_migrated(maturin_project, migrate):
    done = migrate(maturin_project, "--yes").check()
    assert reference("maturin", "maturin") in done.stdout
    assert "unexplained" not in done.stdout.replace(" 0 unexplained", "")
    assert changed_files(maturin_project) == ["pyproject.toml"]
    text = (maturin_project / "pyproject.toml").read_text()
    assert 'build-backend = "ferrule"' in text
    assert 'module-name = "pack.ext" # inside the package\n' in text
    assert 'bindings = "pyo3"' not in text
    assert "nothing to do" in migrate(maturin_project).check().stdout


def test_a_project_that_is_not_equal_is_not_written(maturin_project, migrate):
    # Arguments from the environment are not part of what is migrated.
    arguments = {"MATURIN_PEP517_ARGS": "--features pyo3-ffi/abi3-py39"}
    done = migrate(maturin_project, "--yes", **arguments)
    assert done.returncode == 1
    assert "  DIFF  tag file name\n        cp39-abi3-" in done.stdout
    assert "nothing was written: the migrated project is not the same" in done.stdout
    assert changed_files(maturin_project) == []


def test_a_setuptools_project_is_proven_and_migrated(tmp_path, migrate):
    crate = CRATE.format(package="spack", name="ext", dependency='pyo3-ffi = "0.30"')
    root = write_project(
        tmp_path / "spack",
        **{
            "setup.py": SETUP,
            "setup.cfg": "[options]\npython_requires = >=3.9\n\n[flake8]\nmax = 1\n",
            "MANIFEST.in": "include rust/Cargo.toml\nrecursive-include rust *.rs\n",
            "pyproject.toml": "[build-system]\n"
            'requires = ["setuptools>=61", "setuptools-rust>=1.9", "wheel"]\n\n'
            "[tool.black]\nline-length = 100 # wide\n",
            "rust/Cargo.toml": crate,
            "rust/src/lib.rs": SOURCE.format(ffi="pyo3_ffi", name="ext"),
            "src/spack/__init__.py": "def main(): ...\n",
            "src/spack/data.txt": "x\n",
        },
    )
    answer = migrate(root, "--yes", "--json").check().json()
    unexplained = [
        item
        for kind in ("wheel", "sdist")
        for item in answer["proof"][kind]
        if not item["explanation"]
    ]
    assert unexplained == []
    assert answer["written"] is True
    expected = ["MANIFEST.in", "pyproject.toml", "setup.cfg", "setup.py"]
    assert changed_files(root) == expected
    assert sorted(os.listdir(root)) == [
        *(".git", "pyproject.toml", "rust", "setup.cfg", "src")
    ]
    assert (root / "setup.cfg").read_text() == "[flake8]\nmax = 1\n"
    assert "nothing to do" in migrate(root).check().stdout
