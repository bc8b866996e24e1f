"""Which Rust files an sdist of setuptools gets."""

from __future__ import annotations

import pytest

pytest.importorskip("setuptools")

from ferrule.cargo.config_toml import write_section
from ferrule.setuptools.extension import RustExtension
from ferrule.setuptools.sources import clean_configuration, complete_files

MANIFEST = '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name, text in {
        "pkg/__init__.py": "",
        "rust/Cargo.toml": MANIFEST,
        "rust/Cargo.lock": "version = 4\n",
        "rust/src/lib.rs": "",
        "rust/src/data.json": "{}",
        "rust/target/x.rs": "",
        "rust/skipped.rs": "",
        "MANIFEST.in": "include README\nexclude rust/skipped.rs\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    # Without cargo, the crate's folder is all that is known.
    monkeypatch.setenv("CARGO", "/nonexistent/cargo")
    return tmp_path


@pytest.mark.usefixtures("project")
def test_rust_files_are_added_and_products_left_out() -> None:
    extensions = [RustExtension("pkg._core", "rust/Cargo.toml")]
    files = ["pkg/__init__.py", "pkg/_core.abi3.so", "rust/Cargo.toml"]
    assert complete_files(files, extensions) == [
        "pkg/__init__.py",
        "rust/Cargo.toml",
        "rust/Cargo.lock",
        "rust/src/data.json",
        "rust/src/lib.rs",
    ]


def test_lines_about_this_machine_are_not_packed(project) -> None:
    write_section(project, {"PYO3_CONFIG_FILE": "/home/me/x"}, [])
    clean_configuration(project)
    assert not (project / ".cargo/config.toml").exists()
    path = project / ".cargo" / "config.toml"
    path.write_text("[net]\noffline = true\n")
    write_section(project, {"PYO3_CONFIG_FILE": "/home/me/x"}, [])
    clean_configuration(project)
    assert path.read_text().strip() == "[net]\noffline = true"
