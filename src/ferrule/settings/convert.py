"""Typed conversion of settings, driven by the annotations of the model.

`convert_value` takes what TOML (or the command line) holds, `convert_text` what
an environment variable or a config setting holds. Both record every problem
instead of stopping at the first one, and return None for what cannot be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.settings import (
    SettingTypeError,
    SettingValueError,
    UnknownSettingError,
)
from ferrule.settings.checks import check_item
from ferrule.settings.model import Feature, FilePattern
from ferrule.settings.shapes import Shape, shapes_of
from ferrule.toml import parse_toml

__all__ = [
    "FALSE_WORDS",
    "SHORTHANDS",
    "TRUE_WORDS",
    "convert_table",
    "convert_text",
    "convert_value",
]

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")
SHORTHANDS: dict[type, str] = {Feature: "feature", FilePattern: "path"}
"""Tables that a string may stand for, and the key that the string gives."""

_EXPECTED: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
}


def convert_value(
    value: object, shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    """Return `value` as the model wants it, or None after recording problems.

    `where` names the value in messages, for example `tool.ferrule.features`.
    """
    if shape.container == "one":
        return _convert_item(value, shape, where, problems)
    if shape.container == "table":
        return _convert_mapping(value, shape, where, problems)
    if shape.single and isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        problems.append(SettingTypeError(where, _expected_list(shape), value))
        return None
    items = [
        _convert_item(item, shape, f"{where}[{number}]", problems)
        for number, item in enumerate(value)
    ]
    return None if None in items else tuple(items)


def convert_table(
    model: type, table: object, where: str, problems: list[FerruleError]
) -> Any:
    """Return an instance of the dataclass `model` made from a TOML table.

    A string stands for a table where the model has a shorthand. Returns None
    after recording unknown keys, missing keys and bad values.
    """
    if isinstance(table, model):
        return table
    before = len(problems)
    if isinstance(table, str) and model in SHORTHANDS:
        table = {SHORTHANDS[model]: table}
    if not isinstance(table, Mapping):
        expected = "a string or a table" if model in SHORTHANDS else "a table"
        problems.append(SettingTypeError(where, expected, table))
        return None
    shapes = shapes_of(model)
    values: dict[str, object] = {}
    for key, value in table.items():
        path = f"{where}.{key}"
        if key not in shapes:
            problems.append(UnknownSettingError(path, key, tuple(shapes)))
            continue
        values[shapes[key].name] = convert_value(value, shapes[key], path, problems)
    for key, shape in shapes.items():
        if shape.required and key not in table:
            problems.append(SettingValueError(where, f'lacks the key "{key}"'))
    return model(**values) if len(problems) == before else None


def convert_text(
    texts: Sequence[str], shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    """Return what one or more texts say, or None after recording problems.

    Booleans are `TRUE_WORDS` and `FALSE_WORDS`; lists are separated by commas
    and white space, or like shell words where commas are common; a value in
    brackets or braces is TOML. Several texts add up to one list or table.
    """
    if shape.container == "one":
        if len(set(texts)) > 1:
            problem = f"is given {len(texts)} times with different values"
            problems.append(SettingValueError(where, problem))
            return None
        return _convert_scalar_text(texts[0], shape, where, problems)
    if shape.container == "table":
        return _convert_mapping_texts(texts, shape, where, problems)
    items: list[object] = []
    for text in texts:
        part = _split_list(text, shape, where, problems)
        if part is None:
            return None
        items.extend(part)
    return convert_value(items, shape, where, problems)


def _convert_item(
    value: object, shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    if shape.item not in _EXPECTED:
        before = len(problems)
        item = convert_table(shape.item, value, where, problems)
        if item is not None:
            check_item(item, where, problems)
        return item if len(problems) == before else None
    if shape.choices and isinstance(value, str) and value not in shape.choices:
        allowed = ", ".join(f'"{choice}"' for choice in shape.choices)
        problem = f'is "{value}"{did_you_mean(value, shape.choices)}'
        fix = f"use one of {allowed}" if len(shape.choices) > 1 else f"use {allowed}"
        problems.append(SettingValueError(where, problem, fix=fix))
        return None
    # A bool is an int for isinstance, but never for a person.
    if not isinstance(value, shape.item) or (
        isinstance(value, bool) and shape.item is not bool
    ):
        problems.append(SettingTypeError(where, _EXPECTED[shape.item], value))
        return None
    if isinstance(value, str) and not value.strip():
        problems.append(SettingValueError(where, "is empty"))
        return None
    return value


def _convert_mapping(
    value: object, shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    allowed = (bool, str) if shape.item is object else (str,)
    expected = "a string, true or false" if shape.item is object else "a string"
    if not isinstance(value, Mapping):
        problems.append(SettingTypeError(where, f"a table of {expected}", value))
        return None
    before = len(problems)
    for key, item in value.items():
        if not isinstance(item, allowed):
            problems.append(SettingTypeError(f"{where}.{key}", expected, item))
    return dict(value) if len(problems) == before else None


def _convert_scalar_text(
    text: str, shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    word = text.strip()
    value: object = word
    if shape.item not in _EXPECTED:
        if word.startswith("{") and word.endswith("}"):
            value = _toml_value(word, where, problems)
            if value is None:
                return None
        return _convert_item(value, shape, where, problems)
    if shape.item is bool:
        # Front ends turn a key without a value into the empty string.
        if word.lower() in (*TRUE_WORDS, ""):
            return True
        if word.lower() in FALSE_WORDS:
            return False
        fix = f"use one of {', '.join((*TRUE_WORDS, *FALSE_WORDS))}"
        problems.append(SettingValueError(where, f'is "{text}"', fix=fix))
        return None
    if shape.item is int:
        digits = word[1:] if word[:1] in ("-", "+") else word
        value = int(word) if digits.isdecimal() and digits.isascii() else word
    return _convert_item(value, shape, where, problems)


def _convert_mapping_texts(
    texts: Sequence[str], shape: Shape, where: str, problems: list[FerruleError]
) -> object | None:
    table: dict[str, object] = {}
    for text in texts:
        if text.strip().startswith("{") and text.strip().endswith("}"):
            value = _toml_value(text, where, problems)
            if value is None:
                return None
            table.update(value)
            continue
        for word in _split(text, shape, where, problems) or ():
            name, equals, value = word.partition("=")
            if not equals or not name:
                problem = f'has the word "{word}", which is not NAME=value'
                problems.append(SettingValueError(where, problem))
                return None
            table[name] = value
    return _convert_mapping(table, shape, where, problems)


def _split_list(
    text: str, shape: Shape, where: str, problems: list[FerruleError]
) -> Sequence[object] | None:
    if text.strip().startswith("[") and text.strip().endswith("]"):
        value: list[object] | None = _toml_value(text, where, problems)
        return value
    if shape.item is str or shape.item in SHORTHANDS:
        return _split(text, shape, where, problems)
    problem = f'is "{text}", but a list of tables is written as TOML'
    fix = "write for example '[{name = \"pkg._core\"}]'"
    problems.append(SettingValueError(where, problem, fix=fix))
    return None


def _split(
    text: str, shape: Shape, where: str, problems: list[FerruleError]
) -> list[str] | None:
    if not shape.words:
        return text.replace(",", " ").split()
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        problem = f"cannot be split into words: {str(error).lower()}"
        problems.append(SettingValueError(where, problem, fix="close the quotes"))
        return None


def _toml_value(text: str, where: str, problems: list[FerruleError]) -> Any:
    try:
        table = parse_toml(f"value = {text}")
        if set(table) == {"value"}:
            return table["value"]
        reason = "more than one value"
    except ValueError as error:
        reason = str(error)
    problem = f"is not valid TOML: {reason}"
    problems.append(SettingValueError(where, problem, fix=f"the text is {text}"))
    return None


def _expected_list(shape: Shape) -> str:
    if shape.item is str:
        return "a list of strings"
    if shape.item in SHORTHANDS:
        return "a list of strings or tables"
    return "a list of tables"
