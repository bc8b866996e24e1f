"""Where settings come from, and which source wins.

From strongest to weakest: command line, PEP 517 config settings, environment
(`FERRULE_*`), matching overrides, `[tool.ferrule]`, and `[tool.maturin]` where
there is no `[tool.ferrule]`. A list of a stronger source replaces the weaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ferrule.errors import FerruleError
from ferrule.errors.settings import (
    InvalidSettingsError,
    SettingTypeError,
    StrictWarningsError,
    UnknownSettingError,
)
from ferrule.records import dataclass
from ferrule.settings.checks import check_settings
from ferrule.settings.compat.build_option import read_build_option
from ferrule.settings.convert import FALSE_WORDS, convert_text, convert_value
from ferrule.settings.layer import Layer, read_table
from ferrule.settings.model import Feature, SbomSettings, Settings
from ferrule.settings.overrides import (
    apply_overrides,
    depends_on_python,
    read_overrides,
)
from ferrule.settings.shapes import Shape, shapes_of

if TYPE_CHECKING:
    from typing import TypeGuard

    from ferrule.settings.conditions import Conditions

__all__ = [
    "RESERVED_VARIABLES",
    "VARIABLE_PREFIX",
    "ConfigSettings",
    "LoadedSettings",
    "depends_on_python",
    "load_settings",
]

ConfigSettings = Mapping[str, Union[str, Sequence[str]]]

VARIABLE_PREFIX = "FERRULE_"
RESERVED_VARIABLES = {
    "FERRULE_CACHE_DIR": "Folder of ferrule's caches.",
    "FERRULE_CONFIG_DIR": "Folder in which ferrule keeps the list of registered "
    "Pythons (`ferrule python add-target`).",
    "FERRULE_HOST": "Rust triple of this machine, where the guess is wrong.",
    "FERRULE_CROSS": "The cross program, where it is not on PATH.",
    "FERRULE_ZIG": "The zig program, where it is not found by itself.",
    "FERRULE_ZIG_PYTHON": "Set for zig's wrappers: the Python that they may start.",
    "FERRULE_NO_COLOR": "Print without colours, as `NO_COLOR` does for every program.",
    "FERRULE_REBUILDING": "Set while an import rebuilds; Python below it never does.",
}
"""Variables of ferrule that are no settings, with their meaning."""
RESERVED_PREFIXES = ("FERRULE_TEST_",)

SETUPTOOLS_KEYS = ("--build-option", "--global-option")
LEGACY_KEYS = ("build-args", "maturin.build-args", *SETUPTOOLS_KEYS)
LEGACY_VARIABLE = "MATURIN_PEP517_ARGS"
STRIP_VARIABLE = "MATURIN_STRIP"
PGO_VARIABLE = "MATURIN_PGO"


@dataclass(frozen=True)
class LoadedSettings:
    """The settings of one build, and how they came about."""

    settings: Settings
    warnings: tuple[str, ...]
    """What builds, but is probably not meant: an error under `strict`."""
    hints: tuple[str, ...]
    """What is understood and has a better spelling."""
    origin: dict[str, str]
    """The place that gave each field its value; nothing for defaults."""
    overrides: tuple[str, ...] = ()
    """One sentence per override that matched."""


def load_settings(
    pyproject: Mapping[str, object] | None,
    *,
    root: Path,
    env: Mapping[str, str],
    config_settings: ConfigSettings | None = None,
    command_line: Mapping[str, object] | None = None,
    conditions: Conditions,
) -> LoadedSettings:
    """Merge every source into the settings of one build.

    `command_line` maps fields of `Settings` to values or texts; None means that
    an option was not given. Raises `InvalidSettingsError` with every problem of
    every source, and `StrictWarningsError`.
    """
    problems: list[FerruleError] = []
    warnings: list[str] = []
    hints: list[str] = []
    table = _tool_table(pyproject, "ferrule", problems)
    maturin = _tool_table(pyproject, "maturin", problems)
    sentences: tuple[str, ...] = ()
    layers: list[Layer] = []
    if table is not None:
        layer, sentences = _read_tool_table(table, conditions, problems)
        layers.append(layer)
        warnings += [
            f"[tool.{name}] is ignored because there is a [tool.ferrule]: "
            "move what you need and remove the other table"
            for name in ("maturin", "setuptools-rust")
            if _tool_table(pyproject, name, problems) is not None
        ]
    elif maturin is not None:
        layers.append(_read_maturin(maturin, problems, warnings, hints))
        layers.append(_read_maturin_variables(env, problems))
        legacy = env.get(LEGACY_VARIABLE)
        if legacy and not any(key in LEGACY_KEYS for key in config_settings or ()):
            layers.append(
                _read_arguments([legacy], LEGACY_VARIABLE, problems, warnings, hints)
            )
    layers.append(_read_environment(env, problems))
    layers.extend(
        _read_config_settings(config_settings or {}, problems, warnings, hints)
    )
    layers.append(_read_command_line(command_line or {}, problems))

    values, origin = _merge(layers)
    if problems:
        raise InvalidSettingsError(problems, root=root)
    settings = Settings(**values)  # type: ignore[arg-type]  # converted by shape
    check_settings(settings, origin, problems)
    if problems:
        raise InvalidSettingsError(problems, root=root)
    if settings.strict and warnings:
        raise StrictWarningsError(warnings, root=root, origin=origin["strict"])
    return LoadedSettings(settings, tuple(warnings), tuple(hints), origin, sentences)


def _merge(layers: Sequence[Layer]) -> tuple[dict[str, object], dict[str, str]]:
    """Return the strongest value of each field, and its place."""
    origin: dict[str, str] = {}
    values: dict[str, object] = {}
    for layer in layers:
        for name, (value, where) in layer.items():
            item = value
            if isinstance(value, SbomSettings) and _is_legacy(where):
                item = _with_sboms(values.get(name), value)
            values[name], origin[name] = item, where
    return values, origin


def _shapes() -> dict[str, Shape]:
    return shapes_of(Settings)


def _tool_table(
    pyproject: Mapping[str, object] | None, name: str, problems: list[FerruleError]
) -> Mapping[str, object] | None:
    tool = (pyproject or {}).get("tool")
    if not isinstance(tool, Mapping) or name not in tool:
        return None
    table = tool[name]
    if isinstance(table, Mapping):
        return table
    problems.append(SettingTypeError(f"tool.{name}", "a table", table))
    return None


def _read_tool_table(
    table: Mapping[str, object], conditions: Conditions, problems: list[FerruleError]
) -> tuple[Layer, tuple[str, ...]]:
    rest = {key: value for key, value in table.items() if key != "overrides"}
    layer = read_table(rest, "tool.ferrule", problems, also=("overrides",))
    if "overrides" not in table:
        return layer, ()
    where = "tool.ferrule.overrides"
    overrides = read_overrides(table["overrides"], where, problems)
    return apply_overrides(layer, overrides, conditions)


def _read_maturin(
    table: Mapping[str, object],
    problems: list[FerruleError],
    warnings: list[str],
    hints: list[str],
) -> Layer:
    from ferrule.settings.compat.maturin import KEYS, translate_maturin

    try:
        translated, more = translate_maturin(table, hints=hints)
    except FerruleError as error:
        problems.append(error)
        return {}
    warnings.extend(more)
    layer: Layer = {}
    for key, item in translated.items():
        former = (old for old, new in KEYS.items() if new == key and old in table)
        where = f"tool.maturin.{next(former, key)}"
        shape = _shapes()[key]
        value = convert_value(item, shape, where, problems)
        if value is not None:
            layer[shape.name] = (value, where)
    return layer


def _read_maturin_variables(
    env: Mapping[str, str], problems: list[FerruleError]
) -> Layer:
    """Read the variables of maturin that change what is built.

    `MATURIN_PEP517_USE_BASE_PYTHON` asks for what ferrule always does.
    """
    layer: Layer = {}
    if env.get(PGO_VARIABLE, "").lower() not in (*FALSE_WORDS, "n", "f", ""):
        layer["pgo"] = (True, PGO_VARIABLE)
    text = env.get(STRIP_VARIABLE, "")
    if text.strip():
        value = convert_text([text], _shapes()["strip"], STRIP_VARIABLE, problems)
        if value is not None:
            layer["strip"] = (value, STRIP_VARIABLE)
    return layer


def _is_legacy(where: str) -> bool:
    return where == LEGACY_VARIABLE or where in map(_config_place, LEGACY_KEYS)


def _with_sboms(earlier: object, added: SbomSettings) -> SbomSettings:
    """Add files instead of replacing the table, as `--sbom-include` does."""
    if not isinstance(earlier, SbomSettings):
        return added
    include = dict.fromkeys((*earlier.include, *added.include))
    return replace(earlier, include=tuple(include))


def _read_arguments(
    texts: list[str],
    where: str,
    problems: list[FerruleError],
    warnings: list[str],
    hints: list[str],
) -> Layer:
    from ferrule.settings.compat.build_args import translate_arguments

    table, more = translate_arguments(texts, where, problems, hints=hints)
    warnings.extend(more)
    layer = read_table(table, where, problems)
    return {name: (value, where) for name, (value, _) in layer.items()}


def _read_environment(env: Mapping[str, str], problems: list[FerruleError]) -> Layer:
    layer: Layer = {}
    for variable in sorted(env):
        if not variable.startswith(VARIABLE_PREFIX):
            continue
        if variable in RESERVED_VARIABLES or variable.startswith(RESERVED_PREFIXES):
            continue
        key = variable[len(VARIABLE_PREFIX) :].lower().replace("_", "-")
        shape = _shapes().get(key)
        if shape is None:
            known = [_variable(name) for name in _shapes()]
            fix = "unset it, or correct its name"
            problems.append(
                UnknownSettingError(
                    f"the environment variable {variable}",
                    variable,
                    (*known, *RESERVED_VARIABLES),
                    fix=fix,
                )
            )
            continue
        # An empty variable is the usual way to say that it is not set.
        if env[variable].strip():
            value = convert_text([env[variable]], shape, variable, problems)
            if value is not None:
                layer[shape.name] = (value, variable)
    return layer


def _variable(key: str) -> str:
    return VARIABLE_PREFIX + key.replace("-", "_").upper()


def _read_config_settings(
    config_settings: Mapping[str, object],
    problems: list[FerruleError],
    warnings: list[str],
    hints: list[str],
) -> Iterator[Layer]:
    layer: Layer = {}
    for key, given in config_settings.items():
        where = _config_place(key)
        texts = [given] if isinstance(given, str) else given
        shape = _shapes().get(key)
        if shape is None and key not in LEGACY_KEYS:
            known = tuple(_shapes())
            problems.append(UnknownSettingError(where, key, known))
        elif isinstance(texts, bool) and shape is not None:
            value = convert_value(texts, shape, where, problems)
            layer[shape.name] = (value, where)
        elif not _is_texts(texts):
            expected = "a string or a list of strings"
            problems.append(SettingTypeError(where, expected, given))
        elif shape is None:
            if key in SETUPTOOLS_KEYS:
                table, texts = read_build_option(texts, where, problems, warnings)
                found = read_table(table, where, problems)
                yield {name: (value, where) for name, (value, _) in found.items()}
            yield _read_arguments(texts, where, problems, warnings, hints)
        elif texts:
            value = convert_text(texts, shape, where, problems)
            if value is not None:
                layer[shape.name] = (value, where)
    # After the old spellings, so that typed settings win.
    yield layer


def _config_place(key: str) -> str:
    return f"config setting {key}"


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, (list, tuple)) and all(
        isinstance(item, str) for item in value
    )


def _read_command_line(
    command_line: Mapping[str, object], problems: list[FerruleError]
) -> Layer:
    by_name = {shape.name: shape for shape in _shapes().values()}
    layer: Layer = {}
    for name, given in command_line.items():
        shape = by_name[name]
        if given is None:
            continue
        where = f"--{shape.key}"
        value: object
        if isinstance(given, str):
            value = convert_text([given], shape, where, problems)
        elif shape.item is Feature and _is_texts(given):
            # cargo splits each --features at commas and spaces.
            value = convert_text(given, shape, where, problems)
        else:
            value = convert_value(given, shape, where, problems)
        if value is not None:
            layer[shape.name] = (value, where)
    return layer
