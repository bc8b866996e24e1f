"""The reference of all settings, generated from the model.

`python -m ferrule.settings.reference [FILE]` writes `docs/settings.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from ferrule.atomic import write_text
from ferrule.settings.conditions import Condition
from ferrule.settings.convert import FALSE_WORDS, SHORTHANDS, TRUE_WORDS
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
from ferrule.settings.overrides import Override
from ferrule.settings.shapes import Shape, shapes_of
from ferrule.settings.sources import RESERVED_VARIABLES, VARIABLE_PREFIX

__all__ = ["REFERENCE_PATH", "render_reference"]

REFERENCE_PATH = Path(__file__).parents[3] / "docs" / "settings.md"

_INTRODUCTION = """\
# Settings

<!-- Generated from src/ferrule/settings by `python -m ferrule.settings.reference`. -->

Everything below is a key of `[tool.ferrule]` in pyproject.toml. Each key can
also be given elsewhere; from strongest to weakest:

1. an option of the command line, such as `--features`;
2. a PEP 517 config setting: `-C features=fast,simd` of pip, build and uv;
3. an environment variable: `FERRULE_FEATURES="fast simd"`;
4. a matching `[[tool.ferrule.overrides]]`;
5. `[tool.ferrule]`;
6. `[tool.maturin]`, where there is no `[tool.ferrule]`;
7. the default.

A list or table of a stronger place replaces the weaker one. Unknown keys, config
settings and `FERRULE_*` variables are errors, and all errors are reported at once.
"""

_TEXTS = f"""\
## Values in variables and config settings

- **Booleans**: {", ".join(f"`{word}`" for word in TRUE_WORDS)} and \
{", ".join(f"`{word}`" for word in FALSE_WORDS)}. A config setting without a value \
is true.
- **Lists**: items separated by commas or white space. In the keys marked *words*, \
where items have commas, items are separated like the words of a shell.
- **Tables**: `NAME=value` words.
- A list in brackets or a table in braces is TOML; lists of tables are always
  written so: `FERRULE_MODULES='[{{name = "pkg._core"}}]'`.
- A config setting may be repeated: its lists and tables add up.
- An empty variable counts as not set; `FERRULE_FEATURES="[]"` empties a list.

For front ends that were written for other backends, the config settings
`build-args`, `maturin.build-args` and `--build-option` take command line options
in one string (`--features`, `--profile`, `--release`, `--strip`, `--locked`, …),
and a warning tells the typed spelling.
"""

_OVERRIDES = """\
## Overrides

An override is a table with `if` and any settings, which count where the
condition holds. Later overrides win over earlier ones. Conditions on the Python
do not hold where no Python is known (an sdist).

```toml
[tool.ferrule]
features = ["pyo3/abi3-py39"]         # releases: one wheel for every Python

[[tool.ferrule.overrides]]
if.from-sdist = true                  # a user compiles: the full, faster API
features = []

[[tool.ferrule.overrides]]
if = { platform = "linux", env = { CI = true } }
inherit.features = "append"
features = ["simd"]
```
"""

_PYTHONS = """\
Specifiers with one or two numbers are about the minor version: `==3.11` and
`<=3.11` hold for Python 3.11.4.
"""

_TITLES: Mapping[type, str] = {
    ModuleSettings: "Module tables",
    BinarySettings: "Binary tables",
    CargoTarget: "Target tables",
    Feature: "Feature tables",
    FilePattern: "File tables",
    RepairSettings: "Repair table",
    SbomSettings: "SBOM table",
    CheckSettings: "Check table",
    BundleSettings: "Bundle table",
}
_TYPES = {str: "string", bool: "boolean", int: "integer", object: "string or boolean"}


def render_reference() -> str:
    """Return the text of `docs/settings.md`."""
    parts = [_INTRODUCTION, "## Keys\n", *_entries(Settings, "###")]
    for model in _TITLES:
        parts += [f"## {_TITLES[model]}\n", f"{read_class_text(model)}\n"]
        parts += _shorthand(model)
        parts += _entries(model, "###")
    parts += [_OVERRIDES, "### `if`\n", f"{read_class_text(Condition)}\n"]
    parts += [*_entries(Condition, "####"), _PYTHONS]
    inherit = read_field_texts(Override)["inherit"]
    parts += ["### `inherit`\n", f"{inherit}\n", _TEXTS, *_variables()]
    return "\n".join(parts)


def _entries(model: type, heading: str) -> Iterator[str]:
    texts = read_field_texts(model)
    by_name = {item.name: item for item in fields(model)}
    for key, shape in shapes_of(model).items():
        facts = [_type(shape), *_default(by_name[shape.name])]
        if model is Settings:
            variable = VARIABLE_PREFIX + key.replace("-", "_").upper()
            facts.append(f"`{variable}`")
        if shape.words:
            facts.append("*words*")
        yield f"{heading} `{key}`\n"
        yield f"{' · '.join(facts)}\n"
        yield f"{texts[shape.name]}\n"


def _type(shape: Shape) -> str:
    if shape.choices:
        name = " or ".join(f"`{choice}`" for choice in shape.choices)
    elif shape.item in _TYPES:
        name = _TYPES[shape.item]
    else:
        title = _TITLES[shape.item]
        link = f"[{title}](#{title.lower().replace(' ', '-')})"
        name = f"string or {link}" if shape.item in SHORTHANDS else link
    if shape.container == "one":
        return f"{name}, required" if shape.required else name
    if shape.container == "table":
        return f"table of {name}"
    plural = "strings" if name == "string" else name
    return f"{name}, or a list" if shape.single else f"list of {plural}"


def _default(item: Field[Any]) -> Iterator[str]:
    default = item.default
    is_plain = isinstance(default, (str, bool, int)) or default
    if default is MISSING or not is_plain:
        return
    values = default if isinstance(default, tuple) else (default,)
    texts = [
        str(value).lower() if value in (True, False) else value for value in values
    ]
    yield f"default {' and '.join(f'`{text}`' for text in texts)}"


def _shorthand(model: type) -> Iterator[str]:
    if model in SHORTHANDS:
        key = SHORTHANDS[model]
        yield f"A string stands for a table that has only `{key}`.\n"


def _variables() -> Iterator[str]:
    yield "## Variables that are no settings\n"
    rows = [f"- `{name}`: {text}" for name, text in RESERVED_VARIABLES.items()]
    yield "\n".join(rows) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1]) if sys.argv[1:] else REFERENCE_PATH
    write_text(path, render_reference())
