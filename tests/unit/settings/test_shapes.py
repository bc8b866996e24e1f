from __future__ import annotations

import typing
from dataclasses import fields

import pytest

from ferrule.settings.conditions import Condition
from ferrule.settings.model import (
    BinarySettings,
    Feature,
    FilePattern,
    ModuleSettings,
    Settings,
)
from ferrule.settings.shapes import key_of, shapes_of

MODELS = [Settings, ModuleSettings, BinarySettings, Feature, FilePattern, Condition]


@pytest.mark.parametrize("model", MODELS)
def test_shapes_agree_with_the_type_hints(model):
    try:
        hints = typing.get_type_hints(model)
    except TypeError:
        pytest.skip("this Python cannot evaluate `X | None`")
    for shape in shapes_of(model).values():
        hint = hints[shape.name]
        origin = typing.get_origin(hint)
        containers = {tuple: "list", dict: "table"}
        assert shape.container == containers.get(origin, "one")
        texts = str(hint)
        if shape.choices:
            assert all(repr(choice) in texts for choice in shape.choices)
        elif shape.item is not object:
            assert shape.item.__name__ in texts or hint is shape.item


def test_keys():
    assert key_of("module_name") == "module-name"
    assert key_of("source") == "from"
    assert list(shapes_of(Feature)) == [
        *("feature", "python-version", "python-implementation")
    ]


def test_required_fields():
    for model in MODELS:
        required = [shape.name for shape in shapes_of(model).values() if shape.required]
        first = fields(model)[0].name
        assert required in ([], [first])
