"""What each setting accepts, read off the dataclasses of the model.

The annotations of the model are few and plain (`str | None`, `tuple[X, ...]`,
`dict[str, str]`), so they are read as text: that works on every Python that
ferrule supports and costs microseconds where `typing.get_type_hints` costs
milliseconds.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, Literal, get_args

from ferrule.records import dataclass

__all__ = ["Shape", "key_of", "shapes_of"]

_KEYS = {"source": "from", "condition": "if"}
_SCALARS: dict[str, type] = {"str": str, "bool": bool, "int": int}


@dataclass(frozen=True)
class Shape:
    """What one field of the model accepts."""

    name: str
    """Name of the dataclass field."""
    key: str
    """Name of the setting, in kebab-case."""
    container: Literal["one", "list", "table"]
    item: type
    """`str`, `bool`, `int` or a dataclass of the model; `object` in a table
    whose values are strings or booleans."""
    choices: tuple[str, ...] = ()
    """The allowed strings; empty when every string is allowed."""
    required: bool = False
    single: bool = False
    """Whether a lone value may stand for a list of one."""
    words: bool = False
    """Whether text is split like a shell does instead of at commas and spaces."""


def key_of(name: str) -> str:
    """Return the key of the field `name`, for example `module-name`."""
    return _KEYS.get(name, name.replace("_", "-"))


@cache
def shapes_of(model: type) -> dict[str, Shape]:
    """Return the shapes of a dataclass of the model, by key, in order."""
    names = vars(sys.modules[model.__module__])
    return {key_of(item.name): _shape(item, names) for item in fields(model)}


def _shape(item: Field[Any], names: dict[str, Any]) -> Shape:
    container, inner = _split(str(item.type))
    found = _SCALARS.get(inner) or names[inner]
    arguments = get_args(found)
    if any(isinstance(argument, type) for argument in arguments):
        found = object
    return Shape(
        name=item.name,
        key=key_of(item.name),
        container=container,
        item=found if isinstance(found, type) else str,
        choices=() if isinstance(found, type) else arguments,
        required=item.default is MISSING and item.default_factory is MISSING,
        single=bool(item.metadata.get("single")),
        words=bool(item.metadata.get("words")),
    )


def _split(annotation: str) -> tuple[Literal["one", "list", "table"], str]:
    if annotation.startswith("tuple["):
        return "list", annotation[len("tuple[") : -len(", ...]")]
    if annotation.startswith("dict[str, "):
        return "table", annotation[len("dict[str, ") : -1]
    return "one", annotation.replace(" | None", "")
