"""The hooks, as far as they need no build."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

pytest.importorskip("setuptools")

import ferrule.setuptools as backend
from ferrule.errors.setuptools import (
    ExtensionNameError,
    ForeignPythonError,
    GeneratedFilesError,
    MissingCrateError,
)


def test_every_hook_of_setuptools_is_there() -> None:
    from setuptools import build_meta

    assert set(backend.__all__) == set(build_meta.__all__)
    for name in build_meta.__all__:
        assert getattr(backend, name) is not None
        if name.endswith(("wheel", "sdist", "editable")):
            assert callable(getattr(backend.__legacy__, name))
    assert backend.SetupRequirementsError is build_meta.SetupRequirementsError
    assert issubclass(backend._BuildMetaBackend, build_meta._BuildMetaBackend)
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = backend.other


def test_importing_the_backend_imports_little() -> None:
    code = (
        "import sys, ferrule.setuptools; "
        "print([n for n in sys.modules if n.split('.')[0] in ('setuptools', 'json', "
        "'subprocess') or n.startswith('ferrule.') and n != 'ferrule.setuptools'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_requirements_without_setup_py(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert backend.get_requires_for_build_wheel() == []


def test_requirements_leave_out_what_is_stood_in_for(tmp_path, monkeypatch) -> None:
    from ferrule.setuptools.backend import _is_provided

    assert _is_provided("setuptools_rust>=1.0")
    assert _is_provided("setuptools-rust ~= 0.9")
    assert not _is_provided("setuptools-rust-extra")
    assert not _is_provided("setuptools")


def test_nothing_is_registered_with_setuptools() -> None:
    points = metadata.distribution("ferrule").entry_points
    assert {point.group for point in points} == {"console_scripts"}


NAME = """\
the built library does not define PyInit_b: `import a.b` would fail
  it defines: PyInit_c
  fix: name the #[pymodule] "b" (or add #[pyo3(name = "b")]), or correct `target` of \
the RustExtension"""
PYTHON = """\
PYO3_PYTHON does not fit this build, which is for CPython 3.12
  PYO3_PYTHON=/x
  that is: CPython 3.9
  fix: unset PYO3_PYTHON, or let a front end of that Python build"""
GENERATED = """\
Rust extension a did not generate: x, y
  OUT_DIR: none, the crate has no build script
  fix: correct `generated_files`, whose keys are paths below OUT_DIR of the \
extension's own build script"""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ExtensionNameError("a.b", ["PyInit_c"]), NAME),
        (ForeignPythonError("/x", "CPython 3.9", "CPython 3.12"), PYTHON),
        (GeneratedFilesError("a", ["x", "y"], ""), GENERATED),
    ],
)
def test_error_texts(error, text) -> None:
    assert str(error) == text


def test_missing_crate() -> None:
    text = str(MissingCrateError("a", "x/Cargo.toml"))
    assert text.startswith(
        "Rust extension a has no manifest: x/Cargo.toml is not a file\n"
    )
