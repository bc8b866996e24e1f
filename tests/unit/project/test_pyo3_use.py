from __future__ import annotations

import pytest

from ferrule.errors.project import InvalidTomlError
from ferrule.project.pyo3_use import (
    find_upwards,
    locked_pyo3_version,
    project_features,
)

LOCK = '[[package]]\nname = "{}"\nversion = "{}"\n'


def test_lock_file_above(tmp_path):
    lock = tmp_path / "Cargo.lock"
    lock.write_text(LOCK.format("pyo3", "0.28.1") + LOCK.format("pyo3-ffi", "0.28.3"))
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_upwards("Cargo.lock", inner) == lock
    assert locked_pyo3_version(lock) == "0.28.3"


def test_lock_file_without_pyo3(tmp_path):
    lock = tmp_path / "Cargo.lock"
    lock.write_text("version = 4\n")
    assert locked_pyo3_version(lock) is None


def test_newest_of_several(tmp_path):
    lock = tmp_path / "Cargo.lock"
    lock.write_text("".join(LOCK.format("pyo3-ffi", v) for v in ("0.9.2", "0.28.3")))
    assert locked_pyo3_version(lock) == "0.28.3"


def test_broken_lock_file(tmp_path):
    lock = tmp_path / "Cargo.lock"
    lock.write_text("= 4\n")
    with pytest.raises(InvalidTomlError, match="is not valid TOML") as caught:
        locked_pyo3_version(lock)
    assert "Cargo.lock:1" in str(caught.value)


def test_features_of_a_project(tmp_path):
    (tmp_path / "Cargo.toml").write_text(
        '[features]\ndefault = ["module"]\nmodule = ["pyo3/extension-module"]\n'
        'stable = ["pyo3/abi3-py310"]\nunused = ["pyo3/abi3-py39"]\n'
        '[dependencies]\npyo3 = { version = "0.28", features = ["abi3-py312"] }\n'
        'pyo3-ffi = "0.28"\n'
    )
    (tmp_path / "pyproject.toml").write_text('[tool.maturin]\nfeatures = ["stable"]\n')
    assert project_features(tmp_path) == {
        "abi3-py310",
        "abi3-py312",
        "extension-module",
    }


def test_no_project(tmp_path, monkeypatch):
    monkeypatch.setattr("ferrule.project.pyo3_use.find_upwards", lambda *_: None)
    assert project_features(tmp_path) == frozenset()
