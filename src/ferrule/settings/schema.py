"""The JSON schema (draft-07) of `[tool.ferrule]`, generated from the model.

`python -m ferrule.settings.schema [FILE]` writes it; editors use it to complete
and check pyproject.toml.
"""

from __future__ import annotations

import json
import sys
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args

from ferrule.atomic import write_text
from ferrule.settings.conditions import Condition
from ferrule.settings.convert import SHORTHANDS
from ferrule.settings.documentation import read_class_text, read_field_texts
from ferrule.settings.model import (
    BinarySettings,
    BundleSettings,
    CargoTarget,
    CheckSettings,
    Feature,
    FilePattern,
    ModuleSettings,
    RepairSettings,
    SbomSettings,
    Settings,
)
from ferrule.settings.overrides import Inherit, Override
from ferrule.settings.shapes import Shape, shapes_of

__all__ = ["SCHEMA_PATH", "compute_schema", "render_schema"]

SCHEMA_PATH = Path(__file__).with_name("ferrule.schema.json")
Json = dict[str, Any]

_TYPES = {str: "string", bool: "boolean", int: "integer"}
_ITEMS = (
    *(BinarySettings, CargoTarget, Condition, Feature, FilePattern),
    *(BundleSettings, CheckSettings, ModuleSettings, RepairSettings, SbomSettings),
)


def compute_schema() -> Json:
    """Return the schema of the table `[tool.ferrule]`."""
    settings = _properties(Settings)
    definitions = {model.__name__: _table(model) for model in _ITEMS}
    definitions["Override"] = _override(settings)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "[tool.ferrule]",
        "description": read_class_text(Settings),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **settings,
            "overrides": {
                "type": "array",
                "items": {"$ref": "#/definitions/Override"},
                "description": "Settings that count under conditions.",
            },
        },
        "definitions": definitions,
    }


def render_schema() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(compute_schema(), indent=2, ensure_ascii=False) + "\n"


def _override(settings: Json) -> Json:
    texts = read_field_texts(Override)
    joinable = [
        shape.key for shape in shapes_of(Settings).values() if shape.container != "one"
    ]
    return {
        "type": "object",
        "description": read_class_text(Override),
        "additionalProperties": False,
        "required": ["if"],
        "properties": {
            "if": {
                "allOf": [{"$ref": "#/definitions/Condition"}],
                "description": texts["condition"],
            },
            "inherit": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    key: {"enum": list(get_args(Inherit))} for key in joinable
                },
                "description": texts["inherit"],
            },
            **settings,
        },
    }


def _table(model: type) -> Json:
    schema: Json = {
        "type": "object",
        "description": read_class_text(model),
        "additionalProperties": False,
        "properties": _properties(model),
    }
    required = [shape.key for shape in shapes_of(model).values() if shape.required]
    if required:
        schema["required"] = required
    return schema


def _properties(model: type) -> Json:
    texts = read_field_texts(model)
    defaults = {item.name: item.default for item in fields(model)}
    properties: Json = {}
    for key, shape in shapes_of(model).items():
        schema = _value(shape)
        if "$ref" in schema:
            # Words beside a reference count for nothing in draft-07.
            schema = {"allOf": [schema]}
        schema["description"] = texts[shape.name]
        default = defaults[shape.name]
        if default is not MISSING and default is not None and default != ():
            is_list = isinstance(default, tuple)
            schema["default"] = list(default) if is_list else default
        properties[key] = schema
    return properties


def _value(shape: Shape) -> Json:
    item = _item(shape)
    if shape.container == "list":
        array: Json = {"type": "array", "items": item}
        return {"anyOf": [item, array]} if shape.single else array
    if shape.container == "table":
        return {"type": "object", "additionalProperties": item}
    return item


def _item(shape: Shape) -> Json:
    if shape.choices:
        return {"enum": list(shape.choices)}
    if shape.item in _TYPES:
        text = (
            {"minLength": 1} if shape.item is str and shape.container != "table" else {}
        )
        return {"type": _TYPES[shape.item], **text}
    if shape.item is object:
        return {"type": ["boolean", "string"]}
    reference = {"$ref": f"#/definitions/{shape.item.__name__}"}
    if shape.item in SHORTHANDS:
        return {"anyOf": [{"type": "string", "minLength": 1}, reference]}
    return reference


if __name__ == "__main__":
    write_text(Path(sys.argv[1]) if sys.argv[1:] else SCHEMA_PATH, render_schema())
