"""The tools that import libraries are compared with, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from zig_package import fetch_zig


def find_tool(*names: str) -> str:
    """Return the first of some tools that is there, or skip the test."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    return pytest.skip(f"none of these is installed: {', '.join(names)}")


@pytest.fixture(scope="session")
def zig(tmp_path_factory) -> str:
    """Return zig, from PATH or from the package `ziglang`."""
    return shutil.which("zig") or fetch_zig(tmp_path_factory.mktemp("zig") / "zig")


@pytest.fixture
def call(tmp_path: Path):
    """Return a function that runs a tool in the test's folder and shows a failure."""

    def run(*command: str | Path) -> str:
        told = subprocess.run(
            [str(word) for word in command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert told.returncode == 0, f"{command}\n{told.stdout}{told.stderr}"
        return told.stdout

    return run
