"""The targets of Pythons that are not for rustc's own."""

from __future__ import annotations

import pytest

from ferrule import log
from ferrule.cargo.toolchain import Toolchain
from ferrule.pipeline.opening import OpenProject
from ferrule.pipeline.request import Request
from ferrule.pipeline.targets import group_by_target
from ferrule.project.location import Location
from ferrule.python.foreign import describe_foreign
from ferrule.python.selector import Name
from ferrule.target.triple import parse_triple


@pytest.fixture
def opened(tmp_path) -> OpenProject:
    return OpenProject(
        request=Request(start=tmp_path, env={}, state="wheel"),
        location=Location(tmp_path, None, tmp_path / "Cargo.toml", {}),
        toolchain=Toolchain("", "x86_64-unknown-linux-gnu", (1, 90)),
        is_from_sdist=False,
    )


def test_pythons_of_this_machine(opened, make_interpreter) -> None:
    here = make_interpreter()
    described = describe_foreign(Name("", (3, 12)), parse_triple("aarch64-apple-ios"))
    given = [here, None, described]
    assert group_by_target(opened, given) == {"": given}


def test_one_that_answers_for_another(opened, make_interpreter) -> None:
    here = make_interpreter()
    other = make_interpreter(
        platform="linux-armv7l", ext_suffix=".cpython-312-arm-linux-gnueabihf.so"
    )
    told: list[tuple[str, ...]] = []
    with log.sink_to(lambda *line: told.append(line)):
        groups = group_by_target(opened, [here, other])
    assert list(groups) == ["", "armv7-unknown-linux-gnueabihf"]
    (found,) = groups["armv7-unknown-linux-gnueabihf"]
    assert found is not None
    assert found.pointer_width == 32
    assert found.executable == other.executable
    ((_, text),) = told
    assert "CPython 3.12 is one for linux-armv7l" in text


def test_a_platform_without_variables_of_its_own(opened, make_interpreter) -> None:
    """As `_PYTHON_HOST_PLATFORM` without `_PYTHON_SYSCONFIGDATA_NAME` gives one."""
    given = make_interpreter("3.13t", platform="linux-aarch64")
    groups = group_by_target(opened, [given])
    (found,) = groups["aarch64-unknown-linux-gnu"]
    assert found is not None
    assert found.is_foreign
    assert found.ext_suffix == ".cpython-313t-aarch64-linux-gnu.so"
