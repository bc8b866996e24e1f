"""The tools that import libraries are compared with, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def find_tool(*names: str) -> str:
    """Return the first of some tools that is there, or skip the test."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    return pytest.skip(f"none of these is installed: {', '.join(names)}")


def find_zig() -> str:
    """Return zig, from PATH or from the package ziglang of this environment."""
    found = shutil.which("zig")
    if found:
        return found
    try:
        import ziglang
    except ImportError:
        return pytest.skip("zig is not installed, nor the package ziglang")
    name = "zig.exe" if sys.platform == "win32" else "zig"
    return str(Path(ziglang.__file__).with_name(name))


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
