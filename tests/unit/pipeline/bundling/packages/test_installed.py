"""Taking the packages of an environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ferrule.errors.bundle import BundlePackageError
from ferrule.pipeline.bundling.packages.installed import environment_packages


def test_the_environment_of_another_python(tmp_path: Path, make_interpreter) -> None:
    interpreter = make_interpreter(soabi="cpython-27-other")
    with pytest.raises(BundlePackageError, match="cannot join the bundle") as caught:
        environment_packages(Path(sys.prefix), interpreter, {"PATH": ""})
    assert "--python" in str(caught.value)
    with pytest.raises(BundlePackageError, match="cannot join the bundle"):
        environment_packages(tmp_path, interpreter, {"PATH": ""})
