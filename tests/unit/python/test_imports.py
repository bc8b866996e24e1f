"""What the interpreter tells about bytecode of its own."""

from __future__ import annotations

import py_compile
import sys

import pytest

from ferrule.errors.bundle import BytecodeError
from ferrule.python.imports import (
    IN_FUNCTION,
    IN_MAIN,
    IN_MODULE,
    facts_row,
    parse_facts,
    read_facts,
)

SOURCE = """
import os, a.b.c as d
from . import x, y
from ..p.q import z as w
from star import *
import importlib
def f(n):
    importlib.import_module("lit.eral")
    importlib.import_module(".rel", __package__)
    __import__("under")
    from inner import thing
class C:
    import in_class
if __name__ == "__main__":
    import only_main
    f(1)
import after_main
NAMES = ["pkg.one", "x-y", "two words"]
"""


@pytest.fixture
def own(make_interpreter):
    return make_interpreter(executable=sys.executable, base_executable=sys.executable)


def test_every_kind_of_import(own, tmp_path):
    source = tmp_path / "m.py"
    source.write_text(SOURCE)
    compiled = tmp_path / "m.pyc"
    py_compile.compile(str(source), cfile=str(compiled))
    (facts,), _ = read_facts([compiled], [], own, {})
    rows = [(item.name, item.names, item.level, item.where) for item in facts.imports]
    assert set(rows) == {
        ("os", (), 0, IN_MODULE),
        ("a.b.c", (), 0, IN_MODULE),
        ("", ("x", "y"), 1, IN_MODULE),
        ("p.q", ("z",), 2, IN_MODULE),
        ("star", ("*",), 0, IN_MODULE),
        ("importlib", (), 0, IN_MODULE),
        ("inner", ("thing",), 0, IN_FUNCTION),
        ("in_class", (), 0, IN_FUNCTION),
        ("only_main", (), 0, IN_MAIN),
        ("after_main", (), 0, IN_MODULE),
    }
    assert facts.named == (".rel", "lit.eral", "under")
    assert not facts.computes
    assert {"pkg.one", "x-y"} <= set(facts.strings)
    assert "two words" not in facts.strings
    assert parse_facts(facts_row(facts)) == facts


@pytest.mark.parametrize(
    ("text", "computes"),
    [
        ("import importlib as i\ni.import_module(name)", True),
        ("import importlib as i\ni.import_module(f'a.{name}')", True),
        ("import importlib as i\ni.import_module('a.' + name)", True),
        ("__import__(name)", True),
        ("load = __import__\nload('x')", True),
        ("import pkgutil\npkgutil.iter_modules(p)", True),
        ("import importlib.util as u\nu.find_spec(name)", False),
        ("import importlib as i\ni.import_module('a')", False),
        ("from importlib import import_module", False),
    ],
)
def test_names_that_are_computed(own, text, computes):
    _, (facts,) = read_facts([], [text], own, {})
    assert facts is not None
    assert facts.computes is computes


def test_many_names_need_longer_instructions(own):
    names = ", ".join(f"m{number}" for number in range(700))
    _, (facts,) = read_facts([], [f"import {names}"], own, {})
    assert facts is not None
    assert [item.name for item in facts.imports] == names.split(", ")


def test_what_is_no_python(own):
    assert read_facts([], ["1 +", "import a\0"], own, {}) == ([], [None, None])
    assert read_facts([], [], own, {}) == ([], [])


def test_an_interpreter_that_fails(make_interpreter, own, tmp_path):
    gone = make_interpreter(executable="/nowhere/python", base_executable="")
    with pytest.raises(BytecodeError, match="cannot be compiled"):
        read_facts([], ["1"], gone, {})
    broken = tmp_path / "x.pyc"
    broken.write_bytes(b"0123456789abcdef?")
    with pytest.raises(BytecodeError):
        read_facts([broken], [], own, {})
