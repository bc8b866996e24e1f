"""Opening a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.toolchain import Toolchain
from ferrule.errors.setuptools_project import RunSetupPyError
from ferrule.pipeline.opening import OpenProject, _with_cargo_itself
from ferrule.pipeline.request import Request
from ferrule.project.adopted import AdoptedDocument
from ferrule.project.location import Location

BACKEND = {"build-system": {"build-backend": "ferrule.setuptools"}}


def opened(pyproject: dict[str, object] | None) -> OpenProject:
    root = Path("/p")
    return OpenProject(
        request=Request(start=root, env={}),
        location=Location(root, None, root / "Cargo.toml", pyproject),
        toolchain=Toolchain("", "x86_64-unknown-linux-gnu", (1, 90)),
        is_from_sdist=False,
    )


def test_what_only_setup_py_knows_is_not_built() -> None:
    with pytest.raises(RunSetupPyError) as caught:
        opened(BACKEND).refuse_setup_py()
    assert "the project in /p is built by running its setup.py" in str(caught.value)
    assert "fix: run `pip wheel .`" in str(caught.value)


@pytest.mark.parametrize("pyproject", [None, {}, AdoptedDocument(BACKEND)])
def test_everything_else_is_built(pyproject: dict[str, object] | None) -> None:
    opened(pyproject).refuse_setup_py()


@pytest.mark.parametrize("program", ["cross", "/opt/bin/cross"])
def test_cross_only_compiles(program: str) -> None:
    request = Request(start=Path("/p"), env={"CARGO": program, "HOME": "/h"})
    found = _with_cargo_itself(request)
    assert found.env == {"HOME": "/h", "FERRULE_CROSS": program}
    assert found.command_line == {"linker": "cross"}


@pytest.mark.parametrize("program", ["cargo", "/opt/cross/bin/cargo", ""])
def test_cargo_stays(program: str) -> None:
    request = Request(start=Path("/p"), env={"CARGO": program})
    assert _with_cargo_itself(request) is request
