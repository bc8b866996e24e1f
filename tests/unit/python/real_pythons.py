"""The Pythons of this machine, and environments of theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

VERSIONS = Path.home() / ".pyenv" / "versions"


def installed(version):
    """Return pyenv's newest release of a version, or skip the test."""
    found = sorted(VERSIONS.glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"Python {version} is not installed in pyenv")
    return str(found[-1])


def make_venv(python, folder, *options):
    """Return the folder of a new environment without pip."""
    command = [python, "-m", "venv", "--without-pip", *options, str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder
