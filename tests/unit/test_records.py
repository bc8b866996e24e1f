"""Frozen dataclasses behave as the standard library's."""

from __future__ import annotations

import builtins
import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field, replace
from functools import cached_property

import pytest

from ferrule import records

Both = pytest.mark.parametrize("decorate", [dataclasses.dataclass, records.dataclass])
"""What is asserted holds for both, so that one can take the place of the other."""


def point(decorate):
    @decorate(frozen=True)
    class Point:
        x: int
        y: int = 2
        names: tuple[str, ...] = field(default_factory=tuple)
        notes: Mapping[str, str] = field(default_factory=dict, hash=False)
        seen: list[int] = field(default_factory=list, compare=False, repr=False)

        @cached_property
        def total(self) -> int:
            return self.x + self.y

    return Point


@Both
def test_equality_and_hash_are_those_of_the_compared_fields(decorate):
    cls = point(decorate)
    assert cls(1) == cls(1, 2, seen=[3])
    assert cls(1) != cls(2)
    assert cls(1) != cls(1, notes={"a": "b"})
    assert hash(cls(1)) == hash(cls(1, notes={"a": "b"}))
    assert len({cls(1), cls(1, seen=[3]), cls(2)}) == 2
    assert cls(1) != (1, 2, (), {}, [])


@Both
def test_another_class_with_equal_fields_is_another(decorate):
    one, other = point(decorate), point(decorate)
    assert one(1) != other(1)


@Both
def test_fields_are_shown_without_the_hidden_ones(decorate):
    text = repr(point(decorate)(1))
    assert text.endswith("Point(x=1, y=2, names=(), notes={})")


@Both
def test_nothing_can_be_changed(decorate):
    made = point(decorate)(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        made.x = 3
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'other'"):
        made.other = 3
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del made.x
    assert made.x == 1


@Both
def test_what_the_standard_library_offers_works(decorate):
    cls = point(decorate)
    made = cls(1)
    assert made.total == 3
    assert replace(made, x=5) == cls(5)
    assert copy.deepcopy(made) == made
    assert dataclasses.asdict(made)["y"] == 2
    assert [item.name for item in dataclasses.fields(cls)][:2] == ["x", "y"]
    with pytest.raises(TypeError, match="argument"):
        cls()


@Both
def test_derived_classes_have_all_fields(decorate):
    @decorate(frozen=True)
    class Child(point(decorate)):
        z: int = 9

    assert Child(1) == Child(1, z=9)
    assert Child(1) != Child(1, z=8)
    assert hash(Child(1)) == hash(Child(1))
    assert Child(1) != point(decorate)(1)
    assert "z=9" in repr(Child(1))


@Both
def test_own_methods_stay(decorate):
    @decorate(frozen=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return "mine"

        def __post_init__(self) -> None:
            object.__setattr__(self, "name", self.name.upper())

    assert repr(Named("a")) == "mine"
    assert Named("a").name == "A"
    assert Named("a") == Named("A")
    with pytest.raises(FrozenInstanceError):
        Named("a").name = "b"


@Both
def test_one_field_and_no_field(decorate):
    @decorate(frozen=True)
    class One:
        x: int

    @decorate(frozen=True)
    class Nothing:
        pass

    assert One(1) == One(1) != One(2)
    assert {One(1): "a"}[One(1)] == "a"
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


@Both
def test_changeable_ones_are_the_standard_librarys(decorate):
    @decorate
    class Box:
        x: int = 1

    box = Box()
    box.x = 2
    assert box == Box(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(box)


def test_defining_one_compiles_one_method(monkeypatch):
    compiled = []
    real = builtins.exec

    def count(*arguments):
        compiled.append(arguments)
        real(*arguments)

    monkeypatch.setattr(builtins, "exec", count)
    point(records.dataclass)
    monkeypatch.undo()
    assert len(compiled) == 1
