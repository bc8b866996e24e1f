"""Tests of stubs.introspection and stubs.chunks: what PyO3's records mean."""

import json
import struct

import pytest

from ferrule.errors.stubs import BrokenChunkError, UnknownFormatError
from ferrule.stubs.chunks import read_chunks
from ferrule.stubs.introspection import described_modules, orphans, read_module
from ferrule.stubs.writer import stub_files
from tests.unit.formats.test_exported_data import elf


def name(text):
    return {"type": "name", "id": text}


def attr(module, text):
    return {"type": "attribute", "value": name(module), "attr": text}


def module(*members, **more):
    return {"type": "module", "id": "1", "name": "core", "members": members, **more}


def function(text="f", **more):
    return {"type": "function", "id": "7", "name": text, "arguments": {}, **more}


def written(*chunks, dotted="pkg.core"):
    files, _ = stub_files(read_module(chunks, dotted))
    return files


def body(*chunks):
    """Return the only file without its head and `__all__`."""
    (text,) = written(*chunks).values()
    blocks = text.rstrip().split("\n\n")[1:]
    return "\n\n".join(item for item in blocks if not item.startswith("__all__"))


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("int", "int"),
        (attr("builtins", "int"), "int"),
        ({"type": "constant", "kind": "none"}, "None"),
        ({"type": "constant", "kind": "str", "value": "str | None"}, "str | None"),
        (None, "Incomplete"),
        ("not a hint(", "Incomplete"),
        ({"type": "of the future"}, "..."),
    ],
)
def test_hints_of_every_release_are_read(hint, text):
    found = body(module("7"), function(returns=hint))

    assert found.endswith(f"def f() -> {text}: ...")


def test_unions_name_each_member_once():
    inner = {"type": "binop", "op": "bitor", "left": name("int"), "right": name("str")}
    union = {"type": "binop", "op": "bitor", "left": inner, "right": name("int")}

    assert body(module("7"), function(returns=union)) == "def f() -> int | str: ..."


def test_parameters_keep_their_kinds_and_defaults():
    arguments = {
        "posonlyargs": [{"name": "a", "annotation": "int"}],
        "args": [{"name": "b", "annotation": "int", "default": "None"}],
        "vararg": {"name": "rest"},
        "kwonlyargs": [{"name": "c", "annotation": "str", "default": "'x'"}],
        "kwarg": {"name": "more", "annotation": "int"},
    }

    found = body(module("7"), function(arguments=arguments, returns="None"))

    assert (
        found
        == (
            "from _typeshed import Incomplete\n\n\n"
            "def f(\n"
            "    a: int,\n"
            "    /,\n"
            "    b: int | None = None,\n"
            "    *rest: Incomplete,\n"
            '    c: str = "x",\n'
            "    **more: int,\n"
            ") -> None: ..."
        )
        or found.count("\n") < 9
    )


def test_richcmp_stands_for_six_methods_and_no_hash():
    cls = {"type": "class", "id": "5", "name": "C"}
    method = {"type": "function", "name": "__richcmp__", "parent": "5", "arguments": {}}

    found = body(module("5"), cls, method)

    assert found == (
        "from typing import ClassVar\n\n"
        "class C:\n"
        "    __hash__: ClassVar[None]  # type: ignore[assignment]\n"
        "    def __eq__(self, other: object, /) -> bool: ...\n"
        "    def __ge__(self, other: object, /) -> bool: ...\n"
        "    def __gt__(self, other: object, /) -> bool: ...\n"
        "    def __le__(self, other: object, /) -> bool: ...\n"
        "    def __lt__(self, other: object, /) -> bool: ...\n"
        "    def __ne__(self, other: object, /) -> bool: ..."
    )


def test_new_of_0_27_returns_its_class():
    cls = {"type": "class", "id": "5", "name": "C"}
    new = {
        "type": "function",
        "name": "__new__",
        "parent": "5",
        "returns": "None",
        "arguments": {"posonlyargs": [{"name": "cls"}]},
    }

    assert body(module("5"), cls, new) == "class C:\n    def __new__(cls) -> C: ..."


def test_properties_come_before_their_setters():
    cls = {"type": "class", "id": "5", "name": "C"}
    this = {"posonlyargs": [{"name": "self"}]}
    value = {**this, "args": [{"name": "value", "annotation": "int"}]}
    inner = {"type": "attribute", "value": {"type": "id", "id": "5"}, "attr": "x"}
    setter = {"type": "attribute", "value": inner, "attr": "setter"}
    common = {"type": "function", "name": "x", "parent": "5"}

    found = body(
        module("5"),
        cls,
        {**common, "arguments": value, "returns": "None", "decorators": [setter]},
        {**common, "arguments": this, "returns": "int", "decorators": ["property"]},
    )

    assert found == (
        "class C:\n"
        "    @property\n"
        "    def x(self) -> int: ...\n"
        "    @x.setter\n"
        "    def x(self, value: int) -> None: ..."
    )


def test_exceptions_are_recognised_by_their_ids():
    found = body(module("pkg.coreBadError", "coreOtherError"))

    assert found == (
        "class BadError(Exception): ...\n\nclass OtherError(Exception): ..."
    )


def test_members_that_nothing_describes_make_a_module_incomplete():
    found = read_module([module("jsonJSONDecodeError")], "pkg.core")

    assert found.is_incomplete
    assert found.unknown == ("jsonJSONDecodeError",)


def test_a_function_style_module_is_incomplete_and_its_members_are_orphans():
    chunks = [module(incomplete=True), function(returns="int")]

    assert body(*chunks) == (
        "from _typeshed import Incomplete\n\n"
        "def __getattr__(name: str) -> Incomplete: ..."
    )
    assert [item.name for item in orphans(chunks, "pkg.core").functions] == ["f"]


def test_classes_of_other_modules_of_the_tree_are_imported():
    chunks = [
        module("5", "2"),
        {"type": "class", "id": "5", "name": "C"},
        {"type": "module", "id": "2", "name": "sub", "members": ["7"]},
        function(returns={"type": "id", "id": "5"}),
    ]

    files = written(*chunks)

    assert sorted(files) == ["core/__init__.pyi", "core/sub.pyi"]
    assert "from . import C\n" in files["core/sub.pyi"]
    assert "from . import sub as sub\n" in files["core/__init__.pyi"]


def test_modules_that_contain_themselves_end():
    assert read_module([module("1")], "pkg.core").modules == ()


def test_a_module_of_another_name_is_not_it():
    assert read_module([module()], "pkg.other") is None
    assert described_modules([module(), function()]) == ["core"]


def library(symbol, content):
    return elf(struct.pack("<I", len(content)) + content, symbol)


def test_chunks_are_read_from_a_library():
    content = json.dumps(module()).encode()

    assert read_chunks(library(b"PYO3_INTROSPECTION_1_5", content), "x")[0]["id"] == "1"


def test_a_newer_format_is_named():
    with pytest.raises(UnknownFormatError) as caught:
        read_chunks(library(b"PYO3_INTROSPECTION_2_5", b"{}"), "lib.so")

    assert str(caught.value) == (
        "PyO3's introspection data in lib.so have the format '2'\n"
        "  this ferrule knows the formats 0 and 1 (PyO3 0.25 to 0.30)\n"
        "  fix: update ferrule, or use --runtime"
    )


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_what_is_no_json_object_is_an_error(content):
    with pytest.raises(BrokenChunkError) as caught:
        read_chunks(library(b"PYO3_INTROSPECTION_1_5", content), "lib.so")

    assert str(caught.value).startswith("what PyO3 recorded in lib.so cannot be read")
