"""Files as their content in memory."""

from __future__ import annotations

import pytest

from ferrule.errors.files import ReadError
from ferrule.mapping import map_file


def test_the_content_outlives_the_name(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    data = map_file(path)
    path.unlink()
    assert bytes(data) == b"content"


def test_an_empty_file_is_an_empty_content(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    assert not map_file(path)


def test_what_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "gone", tmp_path):
        with pytest.raises(ReadError, match=f"cannot read {path}"):
            map_file(path)
