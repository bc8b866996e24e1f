"""PyO3's own build scripts, compiled once and run without cargo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

MANIFEST = """\
[package]
name = "subject"
version = "0.1.0"
edition = "2021"

[features]
abi3-py39 = ["pyo3-ffi/abi3-py39"]
extension-module = ["pyo3-ffi/extension-module"]

[dependencies]
pyo3-ffi = {{ version = "={release}", default-features = false }}

[workspace]
"""


@dataclass(frozen=True)
class BuildScripts:
    """The compiled build scripts of one PyO3 release."""

    release: str
    crate: Path
    target_dir: Path
    ffi: Path
    build_config: Path | None
    """Only for PyO3 up to 0.28."""

    def cargo(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run `cargo check` in the subject crate."""
        return subprocess.run(
            ["cargo", "check", "--target-dir", str(self.target_dir), *arguments],
            cwd=self.crate,
            env={**clean_env(), **env},
            capture_output=True,
            text=True,
            check=False,
        )


def clean_env() -> dict[str, str]:
    words = ("PYO3_", "CARGO_FEATURE", "FERRULE_")
    drop = ("VIRTUAL_ENV", "CONDA_PREFIX", "RUSTFLAGS")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(words) and name not in drop
    }


@pytest.fixture(scope="session")
def build_scripts(tmp_path_factory):
    """Return a function that gives the build scripts of a release."""
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    base = os.environ.get("FERRULE_TEST_TARGET_DIR")
    root = Path(base) if base else tmp_path_factory.mktemp("cargo")
    known: dict[str, BuildScripts] = {}

    def compile_scripts(release: str) -> BuildScripts:
        if release not in known:
            known[release] = _compile(release, root)
        return known[release]

    return compile_scripts


def _compile(release, root) -> BuildScripts:
    # The place of the crate is part of cargo's fingerprint: keep it stable.
    crate = root / "pyo3-config" / f"subject-{release}"
    source = crate / "src"
    source.mkdir(parents=True, exist_ok=True)
    for path, text in (
        (crate / "Cargo.toml", MANIFEST.format(release=release)),
        (source / "lib.rs", ""),
    ):
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    target_dir = root / "pyo3-config" / "target"
    scripts = BuildScripts(release, crate, target_dir, Path(), None)
    # No configuration file: releases up to 0.28 would compile it into the script.
    features = "--features=abi3-py39,extension-module"
    done = scripts.cargo("--message-format=json", features, PYO3_NO_PYTHON="1")
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        target = message.get("target", {})
        if target.get("kind") == ["custom-build"]:
            name = message["package_id"].rpartition("#")[2].partition("@")[0]
            # A test that names a configuration file has the script compiled again.
            kept = crate / f"{name}-build-script"
            shutil.copy2(message["filenames"][0], kept)
            found[name] = kept
    return BuildScripts(
        release,
        crate,
        target_dir,
        found["pyo3-ffi"],
        found.get("pyo3-build-config"),
    )


@pytest.fixture(autouse=True)
def _no_python_of_the_shell(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PYO3_")]:
        monkeypatch.delenv(name)
