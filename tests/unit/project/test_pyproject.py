from __future__ import annotations

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.project import InvalidTomlError
from ferrule.project.pyproject import read_pyproject


def test_build_system_is_not_required(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\n')
    assert read_pyproject(path) == {"project": {"name": "x"}}


def test_byte_order_mark_is_ignored(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"\xef\xbb\xbf[project]\n")
    assert read_pyproject(path) == {"project": {}}


def test_invalid_toml_shows_the_line(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\nversion "1"\n')
    with pytest.raises(InvalidTomlError) as caught:
        read_pyproject(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:3 is not valid TOML\n")
    assert '\n  line 3: version "1"\n' in text
    caret = next(line for line in text.splitlines() if line.endswith("^"))
    assert caret == " " * (2 + len("line 3: version ")) + "^"
    assert "fix: correct the file at that line" in text
    assert caught.value.exit_code == 2


def test_invalid_toml_at_the_end(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = """x')
    with pytest.raises(InvalidTomlError, match=":2 is not valid TOML"):
        read_pyproject(path)


def test_other_encodings_are_named(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b'name = "\xe9"\n')
    with pytest.raises(InvalidTomlError) as caught:
        read_pyproject(path)
    assert "byte 8 (0xe9) is not UTF-8" in str(caught.value)
    assert "fix: save the file as UTF-8" in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(ReadError, match=r"cannot read .*pyproject\.toml"):
        read_pyproject(tmp_path / "pyproject.toml")
