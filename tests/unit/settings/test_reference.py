from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ferrule.settings.conditions import Condition
from ferrule.settings.model import Settings
from ferrule.settings.reference import render_reference
from ferrule.settings.shapes import shapes_of
from ferrule.settings.sources import RESERVED_VARIABLES


def test_the_reference_is_current():
    path = Path(__file__).parents[3] / "docs" / "settings.md"
    current = path.read_text(encoding="utf-8")
    assert current == render_reference(), "run: python -m ferrule.settings.reference"


def test_the_reference_names_everything():
    text = render_reference()
    assert all(f"### `{key}`\n" in text for key in shapes_of(Settings))
    assert all(f"#### `{key}`\n" in text for key in shapes_of(Condition))
    assert all(f"`{name}`" in text for name in RESERVED_VARIABLES)
    assert "boolean · default `false` · `FERRULE_NO_DEFAULT_FEATURES`" in text


def test_the_example_of_overrides_is_valid(load):
    text = render_reference()
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert load(example, from_sdist=True).settings.features == ()


def test_the_generator_writes_a_file(tmp_path):
    path = tmp_path / "settings.md"
    command = [sys.executable, "-m", "ferrule.settings.reference", str(path)]
    subprocess.run(command, check=True)
    assert path.read_text(encoding="utf-8") == render_reference()
