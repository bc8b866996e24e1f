"""Compiling files with another interpreter."""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys
from pathlib import Path

import pytest

from ferrule.errors.bundle import BytecodeError
from ferrule.errors.files import WriteError
from ferrule.python.bytecode import BytecodeOrder, compile_bytecode


@pytest.fixture
def running(make_interpreter):
    return make_interpreter(executable=sys.executable, base_executable=sys.executable)


def compile_text(folder: Path, text: str, running, **options) -> tuple[Path, dict]:
    source = folder / "a.py"
    source.write_text(text)
    target = folder / "out" / "a.pyc"
    order = BytecodeOrder(str(source), str(target), "pkg/a.py")
    options.setdefault("optimize", 0)
    failed = compile_bytecode([order], running, env=os.environ, **options)
    return target, failed


def test_it_is_loaded_without_its_source(tmp_path: Path, running) -> None:
    target, failed = compile_text(tmp_path, "VALUE = {'a', 'b'}\n", running)
    assert failed == {}
    spec = importlib.util.spec_from_file_location("a", target)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert {"a", "b"} == module.VALUE


def test_it_names_no_folder_and_is_the_same_every_time(tmp_path, running) -> None:
    text = "def f():\n    assert 1\n    return x in {'a', 'b', 'c', 'd'}\n"
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        target, _ = compile_text(tmp_path / name, text, running)
        found.append(target.read_bytes())
    assert found[0] == found[1]
    assert str(tmp_path).encode() not in found[0]
    assert marshal.loads(found[0][16:]).co_filename == "pkg/a.py"


def test_optimisation(tmp_path: Path, running) -> None:
    text = '"""Text."""\nassert False\n'
    target, _ = compile_text(tmp_path, text, running, optimize=2)
    exec(marshal.loads(target.read_bytes()[16:]), {})


def test_what_is_no_python_is_told(tmp_path: Path, running) -> None:
    target, failed = compile_text(tmp_path, "print 'two'\n", running)
    assert list(failed) == ["pkg/a.py"]
    assert not target.exists()


def test_an_interpreter_that_fails(tmp_path: Path, make_interpreter) -> None:
    broken = make_interpreter(executable="/no/python", base_executable="/no/python")
    with pytest.raises(BytecodeError, match="cannot be compiled to bytecode"):
        compile_text(tmp_path, "", broken)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device")
def test_a_full_disk_is_told(tmp_path: Path, running) -> None:
    source = tmp_path / "a.py"
    source.write_text("x = 1")
    order = BytecodeOrder(str(source), "/dev/full", "a.py")
    with pytest.raises(WriteError, match="No space left on device"):
        compile_bytecode([order], running, env=os.environ, optimize=0)
