from __future__ import annotations

import json
import os

import pytest

from ferrule.cli import main

WINDOWS = ["--target", "x86_64-pc-windows-msvc", "--features", "abi3-py310"]
EXPECTED = (
    "implementation=CPython\nversion=3.10\nshared=true\n"
    "target_abi=CPython-abi3-3.10\nlib_name=python3\nbuild_flags=\n"
    "suppress_build_script_link_lines=false\n"
)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PYO3_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FERRULE_HOST", "x86_64-unknown-linux-gnu")
    monkeypatch.chdir(tmp_path)


def test_prints_only_the_lines(capsys):
    assert main(["config", *WINDOWS]) == 0
    assert capsys.readouterr().out == EXPECTED


def test_release_and_features_of_the_project(tmp_path, capsys):
    (tmp_path / "Cargo.lock").write_text(
        '[[package]]\nname = "pyo3-ffi"\nversion = "0.22.6"\n'
    )
    (tmp_path / "Cargo.toml").write_text(
        '[dependencies]\npyo3 = { version = "0.22", features = ["abi3-py38"] }\n'
    )
    assert main(["config", *WINDOWS[:2]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("implementation=CPython\nversion=3.8\nshared=true\nabi3=true")


def test_explains(capsys):
    assert main(["config", *WINDOWS, "--explain", "--set", "lib_dir=/x"]) == 0
    lines = capsys.readouterr().out.splitlines()
    sources = {line.split()[0]: " ".join(line.split()[2:]) for line in lines}
    assert sources["version"] == "the lowest stable ABI feature"
    assert sources["lib_name"] == "the default for x86_64-pc-windows-msvc"
    assert sources["lib_dir"] == "--set"


def test_json(capsys):
    assert main(["config", *WINDOWS, "--format", "json", "--explain"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["pyo3"] == "0.30.1"
    assert answer["source"] == "cross"
    assert answer["config"]["target_abi"] == "CPython-abi3-3.10"
    assert answer["cfgs"] == ["Py_3_9", "Py_3_10", "Py_LIMITED_API"]
    assert answer["problem"] is None
    assert answer["explanations"]["shared"] == "PyO3's default"


def test_writes_only_what_changed(tmp_path, capsys):
    path = tmp_path / "sub" / "pyo3.txt"
    assert main(["config", *WINDOWS, "--write", str(path)]) == 0
    assert path.read_text() == EXPECTED
    os.utime(path, (1, 1))
    assert main(["config", *WINDOWS, "--write", str(path)]) == 0
    assert path.stat().st_mtime == 1
    capsys.readouterr()


def test_problem_is_a_warning(capsys, monkeypatch):
    monkeypatch.setenv("PYO3_CROSS_PYTHON_VERSION", "3.8")
    assert main(["config", *WINDOWS[:2]]) == 0
    shown = capsys.readouterr()
    assert "version=3.8\n" in shown.out
    assert "PyO3 0.30.1 refuses it: the configured Python interpreter" in shown.err


def test_errors_have_exit_codes(capsys):
    assert main(["config", "--target", "somewhere", "--pyo3-version", "0.30.1"]) == 2
    assert '"somewhere" is not a Rust target triple' in capsys.readouterr().err


def test_a_version_for_another_machine(capsys, monkeypatch):
    monkeypatch.setenv("CARGO_BUILD_TARGET", "aarch64-unknown-linux-gnu")
    assert main(["config", "--pyo3-version", "0.26.0", "-i", "pypy3.10"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("implementation=PyPy\nversion=3.10\n")
    assert "cargo is told to build for aarch64-unknown-linux-gnu\n" in shown.err
    told = "PYO3_CROSS_PYTHON_VERSION=3.10 PYO3_CROSS_PYTHON_IMPLEMENTATION=PyPy"
    assert f"-i pypy3.10 is told to PyO3 as {told}" in shown.err


def test_the_targets_of_cargos_configuration(tmp_path, capsys, monkeypatch):
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text(
        '[build]\ntarget = ["i686-unknown-linux-gnu", "s390x-unknown-linux-gnu"]\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARGO_BUILD_TARGET", raising=False)
    command = ["config", "--pyo3-version", "0.26.0", "--features", "abi3-py39"]
    assert main(command) == 0
    shown = capsys.readouterr()
    assert "abi3=true" in shown.out
    assert (
        "cargo is told to build for i686-unknown-linux-gnu; "
        "the others are s390x-unknown-linux-gnu\n"
    ) in shown.err
