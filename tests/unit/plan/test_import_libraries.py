"""Which builds for Windows get an import library of Python, and which one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule import log
from ferrule.cargo.graph import Pyo3Use
from ferrule.formats.archive import read_archive
from ferrule.implib import variables
from ferrule.plan.import_libraries import with_import_library
from ferrule.python.foreign import describe_foreign
from ferrule.python.portable import portable_config
from ferrule.python.releases import Pyo3Release
from ferrule.python.selector import Name
from ferrule.target.triple import parse_triple

GNU, MSVC = "x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"


@pytest.fixture
def complete(tmp_path):
    """Return a function that completes the configuration of a release of PyO3."""

    def call(
        version, *features, target=GNU, python=None, lib_dir="", cache="cache", **env
    ):
        triple = parse_triple(target)
        interpreter = None
        if python:
            from dataclasses import replace

            described = describe_foreign(Name("", python), triple)
            interpreter = replace(described, lib_dir=lib_dir)
        text = portable_config(
            Pyo3Release.parse(version),
            interpreter,
            abi_features=frozenset(features),
            link=False,
            executable=None,
            target=triple,
        )
        use = Pyo3Use(version, frozenset(features), False, False)
        variables = {"FERRULE_CACHE_DIR": str(tmp_path / cache), **env}
        found = with_import_library(
            text, use, interpreter, target, env=variables, fallback=tmp_path / "target"
        )
        added = found[len(text) :]
        assert found.startswith(text)
        return added.removeprefix("lib_dir=").rstrip("\n")

    return call


def files(folder):
    return [path.name for path in sorted(Path(folder).iterdir())]


def test_old_releases_get_one(complete) -> None:
    folder = complete("0.22.6", python=(3, 11))
    assert files(folder) == ["libpython311.a"]
    library = read_archive((Path(folder) / "libpython311.a").read_bytes())
    assert "PyLong_FromLong" in str(library.symbols)
    assert complete("0.22.6", python=(3, 11)) == folder


@pytest.mark.parametrize("python", [None, (3, 12)])
def test_the_stable_abi_gets_that_of_its_oldest_python(complete, python) -> None:
    folder = complete("0.28.3", "abi3-py39", target=MSVC, python=python)
    assert folder.endswith("x86_64-pc-windows-msvc-abi3-3.9")
    assert files(folder) == ["python3.lib"]


def test_newer_releases_need_none_unless_they_are_told(complete) -> None:
    assert complete("0.30.1", python=(3, 13)) == ""
    assert complete("0.30.1", python=(3, 13), PYO3_USE_RAW_DYLIB="1") == ""
    folder = complete("0.30.1", python=(3, 13), PYO3_USE_RAW_DYLIB="0")
    assert files(folder) == ["libpython313.a"]


def test_a_folder_that_is_named_is_taken(complete, tmp_path) -> None:
    named = str(tmp_path / "libs")
    assert complete("0.22.6", python=(3, 11), lib_dir=named) == ""
    off = {"PYO3_USE_RAW_DYLIB": "0"}
    assert complete("0.30.1", python=(3, 11), lib_dir=named, **off) == named


def test_other_systems_need_none(complete) -> None:
    target = "aarch64-unknown-linux-gnu"
    assert complete("0.22.6", python=(3, 11), target=target) == ""


def test_without_a_cache_it_lies_below_the_target_directory(complete, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    folder = complete("0.22.6", python=(3, 11), cache="file")
    assert Path(folder).is_relative_to(tmp_path / "target")


def test_programs_for_the_purpose_are_not_needed(complete, monkeypatch) -> None:
    monkeypatch.setattr(variables, "_told", set())
    heard: list[tuple[str, str]] = []
    named = {"PYO3_MINGW_DLLTOOL": "/no/dlltool", "ZIG_COMMAND": "python -m ziglang"}
    with log.sink_to(lambda kind, text: heard.append((kind, text))):
        complete("0.22.6", "generate-import-lib", python=(3, 11), **named)
        complete("0.22.6", "generate-import-lib", python=(3, 12), **named)
        complete("0.29.0", python=(3, 12), target="x86_64-unknown-linux-gnu", **named)
    reason = "is not needed for import libraries: ferrule writes them"
    assert heard == [
        ("info", f"{name}={value} {reason} without dlltool or zig")
        for name, value in named.items()
    ]


def test_the_note_is_for_windows_alone(complete, monkeypatch) -> None:
    monkeypatch.setattr(variables, "_told", set())
    heard: list[str] = []
    with log.sink_to(lambda _, text: heard.append(text)):
        complete(
            "0.22.6",
            python=(3, 12),
            target="aarch64-unknown-linux-gnu",
            ZIG_COMMAND="zig",
            PYO3_MINGW_DLLTOOL="",
        )
    assert heard == []
