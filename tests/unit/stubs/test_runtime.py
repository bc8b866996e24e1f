"""Tests of stubs.runtime and stubs.merging."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ferrule.errors.stubs import ImportFailedError
from ferrule.stubs.expressions import parse_expression
from ferrule.stubs.merging import merge_modules
from ferrule.stubs.model import Attribute, Class, Function, Module
from ferrule.stubs.runtime import look_at
from ferrule.stubs.writer import stub_files


def extension(name):
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        pytest.skip(f"{name} is built into this Python")
    return Path(spec.origin)


def test_an_extension_module_is_described():
    seen = look_at(sys.executable, "array", extension("array"), [])

    (text,) = stub_files(seen)[0].values()
    assert "typecodes: str\n" in text
    assert "    def __len__(self) -> int: ...\n" in text
    assert "    itemsize: Incomplete\n" in text
    assert "    def append(self, v: Incomplete, /) -> Incomplete:\n" in text
    assert "    __hash__: ClassVar[None]  # type: ignore[assignment]\n" in text


def test_what_cannot_be_imported_is_told_with_its_traceback(tmp_path):
    library = tmp_path / "lib_core.so"
    library.write_bytes(b"nothing")

    with pytest.raises(ImportFailedError) as caught:
        look_at(sys.executable, "pkg._core", library, [])

    text = str(caught.value)
    assert text.startswith(f"{sys.executable} cannot import pkg._core\n")
    assert "ImportError" in text
    assert text.endswith("fix: make the import work, or leave out --runtime")


def test_an_interpreter_that_does_not_exist_is_no_traceback(tmp_path):
    with pytest.raises(ImportFailedError):
        look_at(str(tmp_path / "python"), "core", tmp_path / "x.so", [])


INT = parse_expression("int")


def test_recorded_facts_win_and_seen_ones_complete_them():
    recorded = Module(
        "m",
        functions=(Function("f", returns=INT),),
        classes=(Class("E", (parse_expression("Exception"),)),),
        is_incomplete=True,
        unknown=("x",),
    )
    seen = Module(
        "m",
        attributes=(Attribute("A", INT),),
        functions=(Function("f"), Function("g"), Function("h")),
        classes=(Class("E", (parse_expression("ValueError"),), doc="E."),),
        modules=(Module("m.sub", functions=(Function("s"),)),),
    )
    unlisted = Module("m", functions=(Function("g", returns=INT),))

    merged = merge_modules(recorded, seen, unlisted)

    assert [(item.name, item.returns) for item in merged.functions] == [
        ("f", INT),
        ("g", INT),
        ("h", None),
    ]
    assert [item.name for item in merged.attributes] == ["A"]
    assert [item.name for item in merged.modules] == ["m.sub"]
    assert merged.classes == seen.classes
    assert not merged.is_incomplete
    assert merged.unknown == ()


def test_members_of_classes_are_added_but_no_special_methods():
    recorded = Module("m", classes=(Class("C", methods=(Function("f"),)),))
    methods = (Function("f", doc="F."), Function("g"), Function("__radd__"))
    colour = Attribute("RED", parse_expression("C"))
    final = (parse_expression("typing.final"),)
    seen = Module("m", classes=(Class("C", (), final, (colour,), methods),))

    (merged,) = merge_modules(recorded, seen, Module("m")).classes

    assert [item.name for item in merged.methods] == ["f", "g"]
    assert merged.attributes == (colour,)
    assert merged.decorators == final
