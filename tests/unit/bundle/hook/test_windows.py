"""The text of the hook for Windows, and the flags that link it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.hook.windows import WindowsHook


def words(hook: WindowsHook) -> list[str]:
    return [flag.words[1] for flag in hook.link_flags(Path("hook.o"))]


def test_both_spellings_of_a_call_are_wrapped() -> None:
    hook = WindowsHook((3, 13), 1, library="python313.dll")
    assert words(hook) == [
        "link-arg=hook.o",
        "link-arg=-Wl,--wrap=Py_InitializeEx",
        "link-arg=-Wl,--wrap=__imp_Py_InitializeEx",
        "link-arg=-Wl,--wrap=ExitProcess",
        "link-arg=-Wl,--wrap=__imp_ExitProcess",
        "link-arg=-lkernel32",
    ]
    for name in ("Py_InitializeEx", "ExitProcess"):
        assert f'export_name = "__wrap_{name}"' in hook.source
        assert f'export_name = "__wrap___imp_{name}"' in hook.source


def test_names_of_32_bits() -> None:
    hook = WindowsHook((3, 13), 1, library="python313.dll", is_32_bit=True)
    assert words(hook)[1:5] == [
        "link-arg=-Wl,--wrap=Py_InitializeEx",
        "link-arg=-Wl,--wrap=_imp__Py_InitializeEx",
        "link-arg=-Wl,--wrap=ExitProcess@4",
        "link-arg=-Wl,--wrap=_imp__ExitProcess@4",
    ]
    # The compiler adds `@4` to the function, and nothing to the variable.
    assert 'export_name = "__wrap_ExitProcess"' in hook.source
    assert 'export_name = "__wrap__imp__ExitProcess@4"' in hook.source


def test_a_linker_without_wrap_gets_the_names_themselves() -> None:
    hook = WindowsHook((3, 13), 1, library="python313.dll", wrapping="")
    assert words(hook) == ["link-arg=hook.o"]
    assert 'export_name = "__imp_Py_InitializeEx"' in hook.source
    assert 'export_name = "Py_InitializeEx"' in hook.source
    assert "__wrap" not in hook.source


def test_how_lld_is_told_in_microsofts_manner() -> None:
    hook = WindowsHook((3, 13), 1, library="python313.dll", wrapping="lld-link")
    assert words(hook)[1:3] == [
        "link-arg=-wrap:Py_InitializeEx",
        "link-arg=-wrap:__imp_Py_InitializeEx",
    ]
    assert 'export_name = "__wrap___imp_Py_InitializeEx"' in hook.source


@pytest.mark.parametrize(
    ("version", "wanted", "unwanted"),
    [
        ((3, 9), "Py_SetPythonHome", "PyInitConfig_Create"),
        ((3, 14), "PyInitConfig_Create", "Py_SetPythonHome"),
    ],
    ids=str,
)
def test_each_python_is_configured_its_own_way(version, wanted, unwanted) -> None:
    hook = WindowsHook(version, 1, library="p3.dll", isolated=False, optimize=2)
    assert wanted in hook.source
    assert unwanted not in hook.source
    assert "[Wide; 7] = [112, 51, 46, 100, 108, 108, 0];" in hook.source
    assert "ISOLATED: bool = false" in hook.source
    assert "OPTIMIZE: c_int = 2" in hook.source
