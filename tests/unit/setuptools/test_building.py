"""What is found out before an extension is compiled."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ferrule.errors.setuptools import ForeignPythonError, MissingCrateError
from ferrule.setuptools.building import _interpreter, plan_extension
from ferrule.setuptools.extension import RustExtension
from ferrule.setuptools.translation import Wish


def test_the_running_python_is_meant() -> None:
    assert _interpreter({}).ext_suffix
    assert _interpreter({"PYO3_PYTHON": sys.executable}) == _interpreter({})


def test_another_python_is_refused(tmp_path: Path) -> None:
    env = {"PYO3_PYTHON": str(tmp_path / "none")}
    with pytest.raises(ForeignPythonError, match="does not fit this build"):
        _interpreter(env)


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingCrateError, match=r"x/Cargo.toml is not a file"):
        plan_extension(
            RustExtension("a", "x/Cargo.toml"), Wish(), root=tmp_path, env={}
        )
