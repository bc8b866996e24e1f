"""The finder of an editable install, run for real on a module of CPython."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ferrule.editable.finder import finder_source, pth_source


def test_pth_names_the_sources_and_the_finder() -> None:
    assert pth_source("_finder", [Path("/src")]) == "/src\nimport _finder\n"
    assert pth_source("_finder", []) == "import _finder\n"


def test_finder_imports_a_module_from_elsewhere(tmp_path: Path) -> None:
    dynload = Path(sysconfig.get_path("stdlib")) / "lib-dynload"
    source = next(dynload.glob("_bisect.*.so"), None)
    if source is None:
        pytest.skip("this Python has no _bisect of its own file")
    module = tmp_path / "elsewhere" / source.name
    module.parent.mkdir()
    module.write_bytes(source.read_bytes())
    text = finder_source("demo", {"_bisect": module})
    (tmp_path / "finder.py").write_text(text)
    code = (
        "import sys; sys.path.insert(0, '.'); import finder, _bisect; "
        "print(_bisect.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(module)


def test_finder_imports_a_generated_package(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("from ._native import lib\n")
    generated = tmp_path / "elsewhere" / "pkg" / "_native"
    generated.mkdir(parents=True)
    (generated / "__init__.py").write_text("from .ffi import lib\n")
    (generated / "ffi.py").write_text("lib = __file__\n")
    text = finder_source("demo", {"pkg._native": generated / "__init__.py"})
    (tmp_path / "finder.py").write_text(text)
    code = (
        "import sys; sys.path.insert(0, '.'); import finder, pkg, pkg._native.ffi; "
        "print(pkg.lib)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(generated / "ffi.py")
