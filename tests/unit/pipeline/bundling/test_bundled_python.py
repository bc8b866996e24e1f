"""Which Pythons a bundle can hold."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule.errors.bundle import BundledPythonTooOldError, UnbundledPythonError
from ferrule.pipeline.bundling import bundled_python


@pytest.mark.parametrize(
    ("version", "changes", "error"),
    [
        ("3.8", {}, BundledPythonTooOldError),
        ("3.9", {"implementation": "PyPy"}, UnbundledPythonError),
    ],
)
def test_what_is_refused(
    make_interpreter, monkeypatch, version, changes, error
) -> None:
    found = make_interpreter(version, **changes)
    monkeypatch.setattr(bundled_python, "development_interpreter", lambda _: found)
    with pytest.raises(error):
        bundled_python.find_bundled_python(SimpleNamespace(foreign_target=None))
