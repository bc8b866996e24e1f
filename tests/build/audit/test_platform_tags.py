"""The platform tag of wheels that are really built."""

from __future__ import annotations

import platform
import sys

import pytest

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(sys.platform != "linux", reason="about tags of Linux"),
]

PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "tool"
version = "1.0"

[tool.ferrule]
profile = "dev"
"""
CARGO = """\
[package]
name = "tool"
version = "1.0.0"
edition = "2021"

[[bin]]
name = "tool"
path = "main.rs"
"""
CONFIG = '[build]\nrustflags = ["-C", "target-cpu=native"]\n'


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "Cargo.toml").write_text(CARGO)
    (folder / "main.rs").write_text('fn main() { println!("hello"); }\n')
    return folder


def test_code_for_certain_processors_is_not_portable(
    project, build_wheels, run_ferrule
):
    (plain,) = build_wheels(project)
    assert plain.tags[2].startswith("manylinux_")
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(CONFIG)
    (wheel,) = build_wheels(project)
    assert wheel.tags[2] == f"linux_{platform.machine()}"
    failed = run_ferrule("build", "--compatibility", plain.tags[2], cwd=project)
    assert failed.returncode == 3
    assert "compiled for a certain processor: target-cpu=native" in failed.stderr
    with (project / "pyproject.toml").open("a") as file:
        file.write('[tool.ferrule.check]\nignore = ["cpu-features"]\n')
    (wheel,) = build_wheels(project)
    assert wheel.tags[2] == plain.tags[2]


def test_binaries_of_the_project_count(project, build_wheels):
    """A library that nobody promises keeps the wheel from every policy."""
    (plain,) = build_wheels(project)
    package = project / "tool"
    package.mkdir()
    (package / "__init__.py").touch()
    program = plain.read("tool-1.0.data/scripts/tool")
    loader = b"libgcc_s.so.1\0"
    assert loader in program
    (package / "helper.so").write_bytes(program.replace(loader, b"libnobody.so\0\0"))
    (wheel,) = build_wheels(project)
    assert wheel.tags[2] == f"linux_{platform.machine()}"
