"""A program has one Python."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ferrule.errors.python import SeveralInterpretersError
from ferrule.pipeline.execution import surroundings


def found(monkeypatch, names, selectors):
    pythons = [SimpleNamespace(display_name=name) for name in names]
    monkeypatch.setattr(surroundings, "development_interpreters", lambda _: pythons)
    opened = SimpleNamespace(request=SimpleNamespace(selectors=selectors))
    return surroundings.development_interpreter(opened).display_name


def test_one_python(monkeypatch):
    assert found(monkeypatch, ["CPython 3.12"], ("3.12",)) == "CPython 3.12"
    assert found(monkeypatch, ["CPython 3.12", "CPython 3.13"], ()) == "CPython 3.12"


def test_several_that_were_named(monkeypatch):
    with pytest.raises(SeveralInterpretersError) as caught:
        found(monkeypatch, ["CPython 3.12", "CPython 3.13"], ("3.12-3.13",))
    assert str(caught.value) == (
        "a program has one Python in it, and 2 are named\n"
        "  named are: CPython 3.12, CPython 3.13\n"
        "  fix: name one of them with -i"
    )
