"""A peer and ferrule side by side: the same project, each with its own backend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from peer_samples import Sample, change_backend, write_sample

FETCHED = """\
[package]
name = "fetched"
version = "1.0.0"
edition = "2021"

[lib]
path = "lib.rs"

[dependencies]
"""
DEPENDENCIES = ('pyo3 = "0.30"\n', 'pyo3-ffi = "0.26"\n')


@dataclass(frozen=True)
class Tool:
    """One of the two tools, and where its compiled crates are."""

    name: str
    command: tuple[str | Path, ...]
    env: dict[str, str]

    def run(self, *args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the tool; a failure is for the caller to judge."""
        return subprocess.run(
            [*self.command, *args],
            cwd=cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def make(self, product: str, project: Path, out: Path, *args: str | Path) -> Path:
        """Build the wheel or the sdist of a project; a failure fails the test."""
        options: tuple[str | Path, ...] = ("--out", out)
        if product == "build":
            options += ("--compatibility", "linux", "-i", sys.executable)
            options += ("--profile", "dev") if "--profile" not in args else ()
        done = self.run(product, *options, *args, cwd=project)
        if done.returncode:
            pytest.fail(f"{self.name}: {done.stdout}{done.stderr}", pytrace=False)
        (found,) = out.iterdir()
        return found


@pytest.fixture(scope="session")
def peer_env(tmp_path_factory, user_env, run_command) -> dict[str, str]:
    """Return an environment in which cargo has what the samples need, and no network.

    Resolving dozens of projects would ask the registry dozens of times.
    """
    for dependency in DEPENDENCIES:
        folder = tmp_path_factory.mktemp("fetched")
        write_sample({"Cargo.toml": FETCHED + dependency, "lib.rs": ""}, folder)
        run_command("cargo", "fetch", cwd=folder, env=user_env)
    return {**user_env, "CARGO_NET_OFFLINE": "true"}


@pytest.fixture(scope="session")
def maturin(peer_env, target_dir, tmp_path_factory, user_env, run_command) -> Tool:
    """Return maturin; it is fetched where the test run does not have it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), user_env["PATH"]])
    command = shutil.which("maturin", path=path)
    if command is None:
        folder = tmp_path_factory.mktemp("maturin")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder]
        run_command(*pip, "maturin>=1.16,<2", cwd=folder, env=user_env)
        command = str(folder / "bin" / "maturin")
    env = {**peer_env, "CARGO_TARGET_DIR": str(target_dir / "maturin")}
    return Tool("maturin", (command,), env)


@pytest.fixture(scope="session")
def ferrule(peer_env) -> Tool:
    """Return ferrule."""
    return Tool("ferrule", (sys.executable, "-m", "ferrule"), peer_env)


@pytest.fixture
def write_project(tmp_path, user_env, run_command):
    """Return a function that writes a sample for one tool, with its backend lines."""

    def write(sample: Sample, tool: Tool) -> Path:
        folder = tmp_path / tool.name
        write_sample(sample.files, folder)
        if ".gitignore" in sample.files:
            # Without a repository the tools do not agree about what it means.
            run_command("git", "init", "--quiet", cwd=folder, env=user_env)
            run_command("git", "add", "--all", cwd=folder, env=user_env)
        root = folder / sample.root
        if tool.name == "ferrule":
            change_backend(root / "pyproject.toml")
        return root

    return write
