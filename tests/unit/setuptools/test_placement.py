"""Files are placed, and what does not belong beside them is removed."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from ferrule.setuptools.placement import (
    Ledger,
    is_module_file,
    place_file,
    remove_siblings,
)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("_core.so", True),
        ("_core.abi3.so", True),
        ("_core.abi3t.so", True),
        ("_core.cpython-38-x86_64-linux-gnu.so", True),
        ("_core.pypy39-pp73-x86_64-linux-gnu.so", True),
        ("_core.cp312-win_amd64.pyd", True),
        ("_core.py", False),
        ("_core.data.so", False),
        ("_core2.so", False),
        ("_core.so.txt", False),
    ],
)
def test_names_of_a_module(name, answer) -> None:
    assert is_module_file(name, "_core") is answer


def test_siblings(tmp_path: Path) -> None:
    own, foreign = f"m{EXTENSION_SUFFIXES[0]}", "m.cpython-30-x86_64-linux-gnu.so"
    names = {own, foreign, "m.abi3.so", "m.py", "other.so"}
    for name in names:
        (tmp_path / name).touch()
    remove_siblings(tmp_path, "m", keep="m.abi3.so", only_own=True)
    assert {path.name for path in tmp_path.iterdir()} == names - {own}
    remove_siblings(tmp_path, "m", keep="m.abi3.so", only_own=False)
    assert {path.name for path in tmp_path.iterdir()} == names - {own, foreign}
    remove_siblings(tmp_path / "none", "m", keep="", only_own=False)


def test_placed_files_are_executable(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"x")
    place_file(source, tmp_path / "folder" / "b")
    assert (tmp_path / "folder" / "b").stat().st_mode & 0o777 == 0o755


def test_the_ledger_removes_what_the_last_build_placed(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    file = tmp_path / "lib" / "m.so"
    file.touch()
    Ledger(tmp_path / "temp" / "placed.txt").write([str(file)])
    tmp_path.joinpath("temp").rename(tmp_path / "elsewhere")
    ledger = Ledger(tmp_path / "elsewhere" / "placed.txt")
    ledger.clear()
    assert not file.exists()
    ledger.clear()
