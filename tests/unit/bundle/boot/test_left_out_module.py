"""What a bundle says about modules that are not in it."""

from __future__ import annotations

import importlib.util
import runpy
import sys
import types

import pytest

from ferrule.bundle.boot.sources import left_out_source

NAMES = ("gone", "here.gone", "gone.deep")


class LeftOut:
    """The finder of the boot module."""

    explain = None

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        del path, target
        cls.explain(name, sys._getframe(1))


@pytest.fixture
def trimmed(monkeypatch):
    """Let modules be left out of this process."""
    module = types.ModuleType("_ferrule_left_out")
    exec(left_out_source(NAMES, ("turtles",)), module.__dict__)
    monkeypatch.setattr(LeftOut, "explain", staticmethod(module.explain))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, LeftOut])
    here = types.ModuleType("here")
    here.__path__ = []
    monkeypatch.setitem(sys.modules, "here", here)


def test_an_import_says_what_brings_it_back(trimmed):
    with pytest.raises(ModuleNotFoundError) as caught:
        import gone  # noqa: F401
    assert str(caught.value) == (
        "No module named 'gone': it was left out by --trim; add "
        'keep = ["gone"] to [tool.ferrule.bundle]'
    )
    assert caught.value.name == "gone"


def test_what_no_bundle_has_is_included_by_name(trimmed):
    with pytest.raises(ModuleNotFoundError) as caught:
        import turtles  # noqa: F401
    assert str(caught.value) == (
        "No module named 'turtles': it was left out by `ferrule bundle`; add "
        'include = ["turtles"] to [tool.ferrule.bundle]'
    )


def test_a_module_that_is_taken_from_a_package(trimmed):
    with pytest.raises(ImportError, match=r'add keep = \["here.gone"\]'):
        from here import gone  # noqa: F401
    with pytest.raises(ImportError, match=r'add keep = \["here.gone"\]'):
        import here.gone  # noqa: F401


def test_who_only_asks_is_told_no(trimmed):
    assert importlib.util.find_spec("gone") is None


def test_other_modules_are_simply_not_there(trimmed):
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'never_was'$"):
        import never_was  # noqa: F401
    with pytest.raises(ImportError, match=r"^cannot import name 'other' from 'here'"):
        from here import other  # noqa: F401


def test_what_is_to_be_run_as_a_program(trimmed):
    with pytest.raises(ImportError, match=r'add keep = \["gone"\]'):
        runpy.run_module("gone")
