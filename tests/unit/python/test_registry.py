"""Registered Pythons of other machines."""

from __future__ import annotations

import stat

import pytest

from ferrule.cli import main
from ferrule.errors import FerruleError
from ferrule.python.foreign_selection import ForeignQuestion, select_foreign
from ferrule.python.registering import register
from ferrule.python.registry import (
    RegisteredPython,
    find_registered,
    read_registered,
    registry_path,
    remove_registered,
)
from ferrule.target.triple import parse_triple

DATA = """\
build_time_vars = {
 'EXT_SUFFIX': '.cpython-312-aarch64-linux-gnu.so',
 'SOABI': 'cpython-312-aarch64-linux-gnu', 'VERSION': '3.12', 'LDVERSION': '3.12',
 'Py_ENABLE_SHARED': 0, 'SIZEOF_VOID_P': 8, 'prefix': '/usr'}
"""


@pytest.fixture
def env(tmp_path):
    return {"FERRULE_CONFIG_DIR": str(tmp_path / "configuration")}


@pytest.fixture
def root(tmp_path, elf_image):
    folder = tmp_path / "root/usr/lib/python3.12"
    folder.mkdir(parents=True)
    (folder / "_sysconfigdata__linux_.py").write_text(DATA)
    library = tmp_path / "root/usr/lib/aarch64-linux-gnu/libpython3.12.so"
    library.parent.mkdir()
    library.write_bytes(elf_image(machine=183))
    return tmp_path / "root"


@pytest.fixture
def windows(tmp_path, pe_image):
    folder = tmp_path / "windows"
    (folder / "libs").mkdir(parents=True)
    (folder / "python312.dll").write_bytes(pe_image())
    (folder / "libs/python312.lib").write_bytes(b"!<arch>\n")
    return folder


@pytest.fixture
def pe_image():
    import runpy
    from pathlib import Path

    place = Path(__file__).parents[1] / "formats" / "conftest.py"
    return lambda: runpy.run_path(str(place))["PeBuilder"]().build()


def question(target, env):
    return ForeignQuestion(
        parse_triple(target), env, None, find_local=lambda: None, probe=lambda _: None
    )


def test_a_registered_python_is_used_for_its_target(env, root) -> None:
    row = register(str(root), env)
    assert row.name == "aarch64-unknown-linux-gnu-3.12"
    assert (row.target, row.python) == ("aarch64-unknown-linux-gnu", "3.12")
    (found,) = select_foreign(["3.12"], question(row.target, env))
    assert found is not None
    assert found.lib_dir == str(root / "usr/lib/aarch64-linux-gnu")
    assert not found.shared
    (other,) = select_foreign(["3.13"], question(row.target, env))
    assert other is not None
    assert other.lib_dir == ""


def test_the_file_is_private_and_complete(env, root) -> None:
    register(str(root), env, name="one")
    register(str(root), env, name="two")
    register(str(root), env, name="one")
    path = registry_path(env)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [row.name for row in read_registered(env)] == ["one", "two"]
    assert [row.name for row in remove_registered(env, "one")] == ["one"]
    assert [row.name for row in remove_registered(env, str(root))] == ["two"]
    assert read_registered(env) == ()


def test_names_that_are_not_registered(env, root) -> None:
    register(str(root), env, name="phone")
    with pytest.raises(FerruleError) as caught:
        remove_registered(env, "phome")
    assert 'no registered Python is called "phome"' in str(caught.value)
    assert "phone" in str(caught.value)


ROW = '{"pythons": [{"name": "a", "target": %s, "python": "3.11", "path": %s}]}'
FOREIGN_TEXTS = [
    *("", "[]", '{"pythons": [{"x": 1}]}', "\x00", '{"pythons": 1}', "[" * 99999),
    *(ROW % ("1", '"/"'), ROW % ('"nonsense"', '"/"'), ROW % ('""', '"/"')),
    ROW % ('"aarch64-unknown-linux-gnu"', '["/"]'),
]


@pytest.mark.parametrize("text", FOREIGN_TEXTS)
def test_a_file_that_ferrule_did_not_write(env, text) -> None:
    path = registry_path(env)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(FerruleError) as caught:
        read_registered(env)
    assert f"cannot use {path}, the list of registered Pythons" in str(caught.value)


def test_windows_is_told_by_its_dll(env, windows) -> None:
    row = register(str(windows), env)
    assert row.python == "3.12"
    assert row.target.endswith("-pc-windows-msvc")
    gnu = row.target.replace("msvc", "gnu")
    (found,) = select_foreign(["3.12"], question(gnu, env))
    assert found is not None
    assert found.lib_dir == str(windows / "libs")
    assert find_registered(env, parse_triple(gnu), "3.13") is None
    other = "aarch64-pc-windows-msvc"
    with pytest.raises(FerruleError) as caught:
        register(str(windows), env, target=other)
    assert "python312.dll is a library for" in str(caught.value)


def test_windows_without_that_version(env, windows) -> None:
    with pytest.raises(FerruleError) as caught:
        register(str(windows), env, version="3.13")
    text = str(caught.value)
    assert "does not hold Python 3.13 for Windows" in text
    assert "are those of: 3.12" in text


def test_a_folder_that_tells_no_machine(env, tmp_path) -> None:
    with pytest.raises(FerruleError) as caught:
        register(str(tmp_path), env)
    assert "cannot tell for which machine" in str(caught.value)
    assert "--target" in str(caught.value)
    with pytest.raises(FerruleError) as caught:
        register(str(tmp_path), env, version="new")
    assert '"new" is no version of a Python' in str(caught.value)


def test_the_commands(env, root, monkeypatch, capsys) -> None:
    monkeypatch.setenv("FERRULE_CONFIG_DIR", env["FERRULE_CONFIG_DIR"])
    assert main(["python", "add-target", str(root), "--name", "board"]) == 0
    assert "registered board: Python 3.12 for aarch64" in capsys.readouterr().out
    listing = ["python", "list", "--target", "aarch64-unknown-linux-gnu"]
    assert main(listing) == 0
    assert f"board: Python 3.12 for aarch64-unknown-linux-gnu, {root}" in (
        capsys.readouterr().out
    )
    assert main([*listing, "--json"]) == 0
    assert '"registered"' in capsys.readouterr().out
    assert main(["python", "remove-target", "board"]) == 0
    assert main(listing) == 0
    assert "is registered (ferrule python add-target DIR)" in capsys.readouterr().out


def test_places(tmp_path) -> None:
    chosen = registry_path({"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/nowhere"})
    assert chosen.name == "pythons.json"
    row = RegisteredPython("a", "aarch64-apple-darwin", "3.12", "/x")
    assert row.target == "aarch64-apple-darwin"
