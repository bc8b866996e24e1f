"""The text of the hook, and the flags that link it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.boot.sources import boot_source
from ferrule.bundle.hook.object import Hook, HookPart, catching
from ferrule.target.triple import parse_triple


@pytest.mark.parametrize(
    ("version", "wanted", "unwanted"),
    [
        ((3, 9), "Py_SetPythonHome", "PyInitConfig_Create"),
        ((3, 13), "Py_SetPythonHome", "PyInitConfig_Create"),
        ((3, 15), "PyInitConfig_Create", "Py_SetPythonHome"),
    ],
    ids=str,
)
def test_each_python_is_configured_its_own_way(version, wanted, unwanted) -> None:
    source = Hook(version, 2).source
    assert wanted in source
    assert unwanted not in source
    assert source.startswith("#![no_std]")


def test_the_choices_are_constants() -> None:
    source = Hook((3, 12), 3, isolated=False, optimize=2).source
    assert "const LEVELS: usize = 3;" in source
    assert "const ISOLATED: bool = false;" in source
    assert "const OPTIMIZE: c_int = 2;" in source


def test_parts_of_modes_run_first() -> None:
    part = HookPart("payload", "pub unsafe fn before() {}\n")
    source = Hook((3, 12), 2, parts=(part,)).source
    assert "mod payload {" in source
    assert "unsafe fn before_all() {\n    payload::before();\n}" in source


def test_the_linker_of_macos_wraps_nothing() -> None:
    assert catching(parse_triple("aarch64-apple-darwin")) == "symbol"
    assert catching(parse_triple("x86_64-unknown-linux-gnu")) == "wrap"
    source = Hook((3, 12), 2, "symbol").source
    assert 'extern "C" fn Py_InitializeEx' in source
    assert "__wrap_Py_InitializeEx" not in source
    flags = Hook((3, 12), 2, "symbol").link_flags(Path("/x/hook.o"))
    assert [flag.words for flag in flags] == [("-C", "link-arg=/x/hook.o")]


def test_every_flag_has_a_reason() -> None:
    flags = Hook((3, 12), 2).link_flags(Path("/x/hook.o"))
    first, second, *others = [flag.words[1] for flag in flags]
    assert first == "link-arg=/x/hook.o"
    assert second == "link-arg=-Wl,--wrap=Py_InitializeEx"
    assert "link-arg=-Wl,--wrap=Py_InitializeFromConfig" in others
    assert all(flag.reason for flag in flags)
    assert "no PYTHON* variables" in flags[0].reason
    assert "main.rs" in flags[1].reason
    assert flags[0].to_json()["arguments"] == ["-C", "link-arg=/x/hook.o"]


def test_other_starts_are_caught_while_python_can_be_told_its_home() -> None:
    for version, is_caught in (((3, 9), True), ((3, 14), True), ((3, 15), False)):
        hook = Hook(version, 2)
        text = " ".join(flag.words[1] for flag in hook.link_flags(Path("/x/hook.o")))
        assert ("--wrap=Py_InitializeFromConfig" in text) is is_caught
        assert ("__wrap_Py_InitializeFromConfig" in hook.source) is is_caught


def test_the_boot_module_has_its_places() -> None:
    text = boot_source()
    assert text.count("{packages}") == 1
    assert text.count("{has_path_files}") == 1
    compile(text, "boot", "exec")
