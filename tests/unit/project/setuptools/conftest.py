"""Questions to setuptools itself, where it is installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture
def ask_setuptools():
    """Return a function that runs code with setuptools; it prints JSON.

    In a process of its own: setuptools replaces distutils for a whole process.
    """

    def ask(code, folder):
        command = [sys.executable, "-W", "ignore", "-c", code]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        if "No module named 'setuptools" in done.stderr:
            pytest.skip("setuptools is not installed")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return ask
