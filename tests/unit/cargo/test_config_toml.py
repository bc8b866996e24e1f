"""Ferrule's lines in `.cargo/config.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.config_toml import remove_section, write_section
from ferrule.errors.configuration_file import ConfigTomlError
from ferrule.toml import parse_toml

VARIABLES = {"PYO3_CONFIG_FILE": "/cache/a b.txt"}
PROFILES = [("dev", "pyo3-ffi", 1234)]


def config(root: Path) -> Path:
    return root / ".cargo" / "config.toml"


def test_new_file_and_its_removal(tmp_path: Path) -> None:
    path = write_section(tmp_path, VARIABLES, PROFILES)
    parsed = parse_toml(path.read_text())
    assert parsed["env"] == VARIABLES
    assert parsed["profile"]["dev"]["package"]["pyo3-ffi"]["codegen-units"] == 1234
    assert remove_section(tmp_path) == path
    assert not path.exists()
    assert remove_section(tmp_path) is None


@pytest.mark.parametrize(
    "users",
    [
        '[build]\nrustflags = ["-g"]\n',
        '# mine\n[env]\nA = "1"\n\n[profile.dev]\nopt-level = 1\n',
        '[profile.release]\nlto = true\n[env] # here\nB = "2"\n',
    ],
)
def test_the_users_lines_survive(tmp_path: Path, users: str) -> None:
    config(tmp_path).parent.mkdir()
    config(tmp_path).write_text(users)
    write_section(tmp_path, VARIABLES, PROFILES)
    write_section(tmp_path, {"PYO3_CONFIG_FILE": "/other"}, PROFILES)
    text = config(tmp_path).read_text()
    parsed = parse_toml(text)
    assert parsed["env"]["PYO3_CONFIG_FILE"] == "/other"
    for line in users.splitlines():
        assert line in text
    remove_section(tmp_path)
    assert config(tmp_path).read_text() == users


def test_a_conflict_changes_nothing(tmp_path: Path) -> None:
    config(tmp_path).parent.mkdir()
    users = '[env]\nPYO3_CONFIG_FILE = "/mine"\n'
    config(tmp_path).write_text(users)
    with pytest.raises(ConfigTomlError) as caught:
        write_section(tmp_path, VARIABLES, PROFILES)
    assert "cannot add ferrule's section" in str(caught.value)
    assert "the file is unchanged" in str(caught.value)
    assert config(tmp_path).read_text() == users
