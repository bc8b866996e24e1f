from __future__ import annotations

import pytest

from ferrule.pipeline.leniency import without_missing_packages
from ferrule.settings.model import Settings


@pytest.mark.parametrize("source", [None, "python"])
def test_missing_packages_are_told(tmp_path, source):
    (tmp_path / "python" / "pkg" / "nested").mkdir(parents=True)
    (tmp_path / "python" / "single.py").touch()
    names = ("pkg", "pkg/nested/", "single", "gone", "pgk")
    settings = Settings(python_packages=names, python_source=source)
    found, warnings = without_missing_packages(settings, tmp_path)
    assert found.python_packages == ("pkg", "pkg/nested/", "single")
    assert warnings == [
        "tool.maturin.python-packages: there is no gone",
        'tool.maturin.python-packages: there is no pgk (did you mean "pkg"?)',
    ]
