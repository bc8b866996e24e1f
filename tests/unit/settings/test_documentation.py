from __future__ import annotations

from dataclasses import fields

from ferrule.settings.documentation import read_class_text, read_field_texts
from ferrule.settings.model import FilePattern, Settings


def test_texts_below_fields_become_lines():
    texts = read_field_texts(FilePattern)
    assert list(texts) == [item.name for item in fields(FilePattern)]
    assert texts["crate"] == (
        'With `from = "out-dir"`: the package whose build script is meant.'
    )
    assert read_class_text(FilePattern) == "Files to add or to leave out."


def test_every_setting_has_a_text():
    assert set(read_field_texts(Settings)) == {item.name for item in fields(Settings)}
