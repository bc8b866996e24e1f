"""`ferrule build` packs what the crates link to."""

from __future__ import annotations

import subprocess

import pytest
from made_libraries import make_libraries

pytestmark = pytest.mark.build

CARGO = """\
[package]
name = "linked"
version = "0.1.0"
edition = "2021"

[lib]
name = "linked"
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""
BUILD = """\
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-search=native=LIBRARIES");
}
"""
MODULE = """\
use pyo3::prelude::*;

#[link(name = "outer")]
unsafe extern "C" {
    fn outer() -> i32;
}

#[pymodule]
mod linked {
    use pyo3::prelude::*;

    #[pyfunction]
    fn answer() -> i32 {
        unsafe { super::outer() }
    }
}
"""
TOOL = MODULE.partition("#[pymodule]")[0].replace("use pyo3::prelude::*;\n", "")
PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "linked"
version = "0.1.0"

[tool.ferrule]
binaries = [{ name = "linked-tool" }]
"""


@pytest.fixture
def libraries(tmp_path):
    """Return a folder with libraries, which the test takes away."""
    return make_libraries(tmp_path / "libraries")


@pytest.fixture
def project(tmp_path, libraries):
    """Return a project whose crate links to a library."""
    files = {
        "Cargo.toml": CARGO,
        "build.rs": BUILD.replace("LIBRARIES", str(libraries)),
        "pyproject.toml": PYPROJECT,
        "src/lib.rs": MODULE,
        "src/bin/linked-tool.rs": TOOL
        + "fn main() { std::process::exit(unsafe { outer() }) }\n",
    }
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def test_libraries_of_build_scripts_are_packed(
    project, libraries, build_wheels, make_venv, run_ferrule
):
    (first,) = build_wheels(project, "--profile", "dev")
    assert first.tags[2].startswith("manylinux_")
    (again,) = build_wheels(project, "--profile", "dev")
    assert again.path.read_bytes() == first.path.read_bytes()
    assert first.find_record_problems() == []
    assert any(name.endswith("sboms/ferrule.cdx.json") for name in first.names())
    # Nothing of it is for the index when only this machine is meant.
    (local,) = build_wheels(project, "--profile", "dev", "--compatibility", "linux")
    assert not any(".libs/" in name for name in local.names())
    (warned,) = build_wheels(project, "--profile", "dev", "--audit", "warn")
    assert not any(".libs/" in name for name in warned.names())
    assert warned.tags[2] == "linux_x86_64"
    text = project / "pyproject.toml"
    text.write_text(
        text.read_text() + '\n[tool.ferrule.repair]\nexclude = ["libinner.so"]\n'
    )
    (partly,) = build_wheels(project, "--profile", "dev")
    libs = [name for name in partly.names() if ".libs/" in name]
    assert len(libs) == 1
    assert partly.tags[2].startswith("manylinux_")
    libraries.rename(libraries.with_name("away"))
    venv = make_venv()
    venv.install(first.path)
    assert venv.ask("import linked; print(linked.answer())") == "42"
    tool = venv.folder / "bin" / "linked-tool"
    assert subprocess.run([tool], check=False).returncode == 42
    # What is linked already is packed again; that a library is gone is told.
    text.write_text(PYPROJECT)
    done = run_ferrule("build", "--profile", "dev", cwd=project).check()
    assert "libouter.so, needed by linked" in done.stderr
    assert f"was not found in {libraries}" in done.stderr
    assert "-linux_x86_64.whl" in done.stdout
