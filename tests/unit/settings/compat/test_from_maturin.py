"""docs/from-maturin.md says about every key what the translation does."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.settings.compat import build_args
from ferrule.settings.compat.maturin import KEYS, REMOVED, SUBKEYS
from ferrule.settings.model import (
    CargoTarget,
    Feature,
    FilePattern,
    SbomSettings,
    Settings,
)
from ferrule.settings.shapes import shapes_of

PAGE = Path(__file__).parents[4] / "docs" / "from-maturin.md"
MODELS = {
    "include": FilePattern,
    "exclude": FilePattern,
    "features": Feature,
    "targets": CargoTarget,
    "sbom": SbomSettings,
}


def expected_rows():
    """Return the first two cells that the translation asks for."""
    rows = {key: _cell(key, name) for key, name in KEYS.items()}
    for table, keys in SUBKEYS.items():
        for key, name in keys.items():
            place = name if table == "target" else f"{table}.{name}"
            rows[f"{table}.{key}"] = _cell(f"{table}.{key}", place)
    return rows


def _cell(key, name):
    if name is None:
        return "—"
    return "same" if key == name else f"`{name}`"


def test_every_key_has_a_row():
    text = (
        PAGE.read_text(encoding="utf-8").partition("## Keys")[2].partition("\n## ")[0]
    )
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.split("|")[1:4]] for line in lines]
    rows = {key.strip("`"): name for key, name, _ in cells if key != "`[tool.maturin]`"}
    assert rows == expected_rows()
    assert all(f"`{key}`" in text for key in REMOVED)


def test_every_option_without_counterpart_is_named():
    text = PAGE.read_text(encoding="utf-8")
    ignored = {*build_args._IGNORED_SWITCHES, *build_args._IGNORED_VALUES}
    unnamed = {"-f", "--compression-enable-large-file-support"}
    assert all(f"`{option}`" in text for option in ignored - unnamed)


@pytest.mark.parametrize(("key", "name"), KEYS.items())
def test_keys_exist_on_both_sides(key, name):
    assert name is None or name in shapes_of(Settings)
    if key in MODELS:
        assert set(SUBKEYS[key].values()) <= set(shapes_of(MODELS[key]))
