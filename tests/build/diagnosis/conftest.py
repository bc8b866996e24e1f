"""Real compilers and linkers that fail, and what ferrule says about it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ferrule.diagnosis import Diagnosis, diagnose

Failing = Callable[..., "Failure"]


class Failure:
    """The text of a command that failed, and what was recognised in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Diagnosis] = diagnose(text)

    @property
    def ids(self) -> list[str]:
        return [item.id for item in self.found]

    def only(self, identifier: str) -> Diagnosis:
        """Return the only diagnosis; another one, or none, fails the test."""
        assert self.ids == [identifier], self.text[-4000:]
        return self.found[0]


@pytest.fixture(autouse=True)
def on_linux() -> None:
    if sys.platform != "linux":
        pytest.skip("provokes failures of Linux tools")


@pytest.fixture
def failing(user_env) -> Failing:
    """Return a function that runs a command which must fail."""

    def call(*command: str | Path, cwd: Path, **variables: str) -> Failure:
        env = {**user_env, "LC_ALL": "C.UTF-8", **variables}
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={name: value for name, value in env.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode("utf-8", "replace")
        assert done.returncode != 0, text
        return Failure(text)

    return call


@pytest.fixture(scope="session")
def linkers() -> dict[str, list[str]]:
    """Return rustc's arguments for each linker of this machine."""
    version = subprocess.run(
        ["rustc", "--version"], capture_output=True, text=True, check=True
    ).stdout
    minor = int(re.findall(r"1\.(\d+)", version)[0])
    leave = []
    if minor >= 90 and platform.machine() == "x86_64":
        # rust-lld is the default there, and would come back.
        leave = ["-Clinker-features=-lld"]
    names = {"bfd": "ld.bfd", "gold": "ld.gold", "lld": "ld.lld", "mold": "ld.mold"}
    found: dict[str, list[str]] = {"default": []}
    for name, program in names.items():
        if shutil.which(program):
            found[name] = [*leave, f"-Clink-arg=-fuse-ld={name}"]
    return found


@pytest.fixture(params=["default", "bfd", "gold", "lld", "mold"])
def linker(request, linkers) -> list[str]:
    """Return rustc's arguments for one linker, for all that are installed."""
    if request.param not in linkers:
        pytest.skip(f"{request.param} is not installed")
    return linkers[request.param]
