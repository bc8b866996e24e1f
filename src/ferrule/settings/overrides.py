"""`[[tool.ferrule.overrides]]`: settings that count under conditions.

An override has `if` (see `ferrule.settings.conditions`), settings that replace
those of `[tool.ferrule]`, and perhaps `inherit`, which joins a list or table
with the earlier value instead. Overrides count in the order of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.settings import SettingTypeError, SettingValueError
from ferrule.records import dataclass
from ferrule.settings.checks import check_item
from ferrule.settings.conditions import Condition, Conditions, find_match
from ferrule.settings.convert import convert_table
from ferrule.settings.layer import Layer, read_table
from ferrule.settings.model import Settings
from ferrule.settings.shapes import shapes_of

__all__ = [
    "Inherit",
    "Override",
    "apply_overrides",
    "depends_on_python",
    "read_overrides",
]

Inherit = Literal["append", "prepend", "none"]
_PYTHON_KEYS = ("python-version", "implementation")


@dataclass(frozen=True)
class Override:
    """One table of `[[tool.ferrule.overrides]]`, converted."""

    where: str
    """Dotted path of the table."""
    condition: Condition
    """Key `if`: when the override counts."""
    layer: Layer
    """The settings of the override."""
    inherit: dict[str, Inherit]
    """How a list or table of the override joins the earlier value, by field:
    `append` or `prepend` it; `none`, the default, replaces."""


def read_overrides(
    tables: object, where: str, problems: list[FerruleError]
) -> tuple[Override, ...]:
    """Return the overrides, matched or not; record all their problems."""
    if not isinstance(tables, list):
        problems.append(SettingTypeError(where, "a list of tables", tables))
        return ()
    before = len(problems)
    overrides = [
        _read_override(table, f"{where}[{number}]", problems)
        for number, table in enumerate(tables)
    ]
    if len(problems) > before:
        return ()
    return tuple(override for override in overrides if override is not None)


def apply_overrides(
    base: Layer, overrides: tuple[Override, ...], facts: Conditions
) -> tuple[Layer, tuple[str, ...]]:
    """Return `base` with every matching override applied, and what happened.

    The second value has one sentence per override that matched.
    """
    merged = dict(base)
    sentences = []
    for override in overrides:
        reasons = find_match(override.condition, facts)
        if reasons is None:
            continue
        for name, (value, where) in override.layer.items():
            mode = override.inherit.get(name, "none")
            if mode == "none" or name not in merged:
                merged[name] = (value, where)
            else:
                earlier, earlier_where = merged[name]
                joined = _join(earlier, value, mode)
                merged[name] = (joined, f"{earlier_where}, {where}")
        sentences.append(_describe(override, reasons))
    return merged, tuple(sentences)


def depends_on_python(pyproject: Mapping[str, object] | None) -> bool:
    """Return whether settings can differ from one Python to another.

    Then `load_settings` must be called once per Python. Never raises: what is
    malformed is reported by `load_settings`.
    """
    tool = (pyproject or {}).get("tool")
    tool = tool if isinstance(tool, Mapping) else {}
    table = tool.get("ferrule", tool.get("maturin"))
    if not isinstance(table, Mapping):
        return False
    overrides = table.get("overrides")
    tables = overrides if isinstance(overrides, list) else []
    return any(map(_has_python_condition, tables)) or any(
        _has_conditional_feature(item) for item in (table, *tables)
    )


def _has_python_condition(table: object) -> bool:
    """Return whether a raw override depends on the Python to build for."""
    condition = table.get("if") if isinstance(table, Mapping) else None
    return isinstance(condition, Mapping) and any(
        key in condition for key in _PYTHON_KEYS
    )


def _has_conditional_feature(table: object) -> bool:
    if not isinstance(table, Mapping):
        return False
    for key in ("features", "modules", "binaries"):
        items = table.get(key)
        for item in items if isinstance(items, list) else ():
            if key == "features" and isinstance(item, Mapping):
                return True
            if key != "features" and _has_conditional_feature(item):
                return True
    return False


def _read_override(
    table: object, where: str, problems: list[FerruleError]
) -> Override | None:
    if not isinstance(table, Mapping):
        problems.append(SettingTypeError(where, "a table", table))
        return None
    condition = None
    if not isinstance(table.get("if", {}), Mapping):
        expected = 'a table such as { platform = "linux" }'
        problems.append(SettingTypeError(f"{where}.if", expected, table["if"]))
    elif not table.get("if"):
        fix = "write the condition, or move the settings to [tool.ferrule]"
        problem = 'lacks the key "if"' if "if" not in table else "has an empty `if`"
        problems.append(SettingValueError(where, problem, fix=fix))
    else:
        condition = _read_condition(table["if"], f"{where}.if", problems)
    rest = {key: item for key, item in table.items() if key not in ("if", "inherit")}
    layer = read_table(rest, where, problems, also=("if", "inherit"))
    inherit = _read_inherit(table, where, problems)
    if condition is None:
        return None
    return Override(where, condition, layer, inherit)


def _read_condition(
    table: Mapping[str, object], where: str, problems: list[FerruleError]
) -> Condition | None:
    condition: Condition | None = convert_table(Condition, table, where, problems)
    if condition is not None:
        check_item(condition, where, problems)
    return condition


def _read_inherit(
    table: Mapping[str, object], where: str, problems: list[FerruleError]
) -> dict[str, Inherit]:
    inherit = table.get("inherit", {})
    if not isinstance(inherit, Mapping):
        expected = 'a table such as { features = "append" }'
        problems.append(SettingTypeError(f"{where}.inherit", expected, inherit))
        return {}
    shapes = shapes_of(Settings)
    modes: dict[str, Inherit] = {}
    for key, mode in inherit.items():
        path = f"{where}.inherit.{key}"
        if key not in shapes or shapes[key].container == "one":
            joinable = [name for name in shapes if shapes[name].container != "one"]
            problem = f"is not a list or table{did_you_mean(key, joinable)}"
            problems.append(SettingValueError(path, problem))
        elif key not in table:
            problem = f"has no `{key}` in the same override to join"
            problems.append(SettingValueError(path, problem))
        elif mode not in get_args(Inherit):
            fix = 'use "append", "prepend" or "none"'
            problem = f'is "{mode}"{did_you_mean(str(mode), get_args(Inherit))}'
            problems.append(SettingValueError(path, problem, fix=fix))
        else:
            modes[shapes[key].name] = mode
    return modes


def _join(earlier: Any, value: Any, mode: Inherit) -> Any:
    first, second = (earlier, value) if mode == "append" else (value, earlier)
    if isinstance(first, dict):
        return {**first, **second}
    return first + second


def _describe(override: Override, reasons: tuple[str, ...]) -> str:
    keys = {shape.name: shape.key for shape in shapes_of(Settings).values()}
    verbs = {"append": "appends to", "prepend": "prepends to", "none": "sets"}
    parts = [
        f"{verbs[override.inherit.get(name, 'none')]} {keys[name]}"
        for name in override.layer
    ]
    what = ", ".join(parts) or "sets nothing"
    return f"{override.where} {what}, because {' and '.join(reasons)}"
