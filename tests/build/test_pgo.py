"""Profile-guided optimisation: instrument, train, use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.build

SETTINGS = """
[dependency-groups]
dev = []

[tool.ferrule]
profile = "dev"
pgo-command = "cd tests && python -c 'import wordcount as w; print(w.count(\\"a\\"))'"
"""


@pytest.fixture
def tools() -> None:
    """Skip without a current llvm-profdata (rustup's llvm-tools or Debian's)."""
    names = [f"llvm-profdata-{number}" for number in range(19, 30)]
    if not any(shutil.which(name) for name in names):
        if os.environ.get("CI"):
            pytest.fail("llvm-profdata is missing")
        pytest.skip("no llvm-profdata of LLVM 19 or newer")


@pytest.mark.usefixtures("tools")
def test_a_wheel_is_compiled_with_what_the_training_recorded(
    copy_project: Callable[[str], Path], run_ferrule: Any
) -> None:
    project = copy_project("examples/pure-module")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + SETTINGS)
    done = run_ferrule("build", "--pgo", "-v", cwd=project).check()
    assert "training: cd tests && python -c" in done.stderr
    assert "recorded 1 profiles" in done.stderr
    assert "-Cprofile-use=" in done.stderr
    (wheel,) = (project / "dist").glob("*.whl")
    assert b"profile-generate" not in wheel.read_bytes()


def test_what_the_training_lacks_is_explained(
    copy_project: Callable[[str], Path], run_ferrule: Any
) -> None:
    project = copy_project("examples/pure-module")
    done = run_ferrule("build", "--pgo", cwd=project)
    assert done.returncode == 2
    assert "needs a command that exercises the module" in done.stderr
