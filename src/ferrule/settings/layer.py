"""One source of settings, converted but not yet merged with the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.errors.settings import UnknownSettingError
from ferrule.settings.convert import convert_value
from ferrule.settings.model import Settings
from ferrule.settings.shapes import shapes_of

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["Layer", "read_table"]

Layer = dict[str, tuple[object, str]]
"""Value and place of each setting that a source gives, by field name."""


def read_table(
    table: Mapping[str, object],
    where: str,
    problems: list[FerruleError],
    *,
    also: tuple[str, ...] = (),
) -> Layer:
    """Return the settings of a TOML table, and record what is wrong with it.

    `where` is the table's dotted path; `also` names keys that are valid there
    without being settings, for suggestions.
    """
    shapes = shapes_of(Settings)
    layer: Layer = {}
    for key, item in table.items():
        path = f"{where}.{key}"
        if key not in shapes:
            problems.append(UnknownSettingError(path, key, (*shapes, *also)))
            continue
        value = convert_value(item, shapes[key], path, problems)
        if value is not None:
            layer[shapes[key].name] = (value, path)
    return layer
