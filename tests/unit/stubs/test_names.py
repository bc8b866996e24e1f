"""Tests of stubs.names: what names mean and how they are imported."""

import pytest

from ferrule.stubs.expressions import parse_expression
from ferrule.stubs.model import Attribute, Class, Function, Module
from ferrule.stubs.writer import stub_files


def lines(module):
    files, unknown = stub_files(module)
    (text,) = files.values()
    return text.splitlines(), unknown


def returning(hint, **more):
    function = Function("f", returns=parse_expression(hint))
    return Module("pkg.core", functions=(function,), **more)


@pytest.mark.parametrize(
    ("hint", "wanted", "shown"),
    [
        ("collections.abc.Sequence[int]", "collections.abc import Sequence", None),
        ("Sequence[int]", "collections.abc import Sequence", None),
        ("Any", "typing import Any", None),
        ("Self", "typing_extensions import Self", None),
        ("np.ndarray", "numpy import ndarray", "ndarray"),
        ("builtins.int", None, "int"),
        ("typing.Literal['a', \"b'\"]", "typing import Literal", 'Literal["a", "b\'"]'),
    ],
)
def test_names_of_authors_get_their_imports(hint, wanted, shown):
    found, unknown = lines(returning(hint))

    imports = [line[5:] for line in found if line.startswith("from ")]
    assert imports == ([wanted] if wanted else [])
    shown = shown or hint.replace("collections.abc.", "")
    assert found[-1] == f"def f() -> {shown}: ..."
    assert unknown == ()


def test_a_name_that_nothing_defines_is_incomplete():
    found, unknown = lines(returning("list[Whatever]"))

    assert found[-1] == "def f() -> list[Incomplete]: ..."
    assert unknown == ("Whatever",)


def test_a_member_that_hides_a_builtin_gives_it_an_alias():
    method = Function("list", returns=parse_expression("list[int]"))
    found, _ = lines(Module("pkg.core", classes=(Class("C", methods=(method,)),)))

    assert "from builtins import list as _list" in found
    assert found[-1] == "    def list() -> _list[int]: ..."


def test_a_class_that_hides_an_import_gives_it_an_alias():
    found, _ = lines(returning("typing.Any", classes=(Class("Any"),)))

    # The class is what `Any` means here; the other one is reached by its module.
    assert "from typing import Any as _Any" in found
    assert found[-1] == "def f() -> _Any: ..."


def test_an_attribute_that_hides_its_own_class_gives_it_a_second_name():
    colour = Attribute("Colour", parse_expression("Colour"))
    found, _ = lines(Module("pkg.core", classes=(Class("Colour", (), (), (colour,)),)))

    assert "_Colour = Colour" in found
    assert found[-1] == "    Colour: _Colour"
