"""Which mode a bundle gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.dynamic.linux import DynamicMode
from ferrule.bundle.modes import MODES, Case, choose_mode, find_mode
from ferrule.errors.bundle import (
    BundleTargetError,
    ModeMissingError,
    SharedLibraryError,
)
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple

LINUX = "x86_64-unknown-linux-gnu"


def make_case(interpreter, mode="auto", target=LINUX, libpython="/x/libpython3.12.so"):
    return Case(
        "app",
        interpreter,
        parse_triple(target),
        BundleSettings(mode=mode),
        Path(libpython) if libpython else None,
    )


def test_a_shared_library_means_dynamic(make_interpreter) -> None:
    assert isinstance(choose_mode(make_case(make_interpreter())), DynamicMode)


@pytest.mark.parametrize("name", sorted(MODES))
def test_the_table_holds_modes(name) -> None:
    assert find_mode(name).name == name


def test_an_unknown_mode() -> None:
    with pytest.raises(ModeMissingError) as caught:
        find_mode("dinamic")
    assert "there is no bundle of mode dinamic" in str(caught.value)
    assert 'did you mean "dynamic"?' in str(caught.value)


def test_a_dynamic_bundle_needs_a_shared_library(make_interpreter) -> None:
    case = make_case(make_interpreter(), "dynamic", libpython=None)
    with pytest.raises(SharedLibraryError, match="no shared libpython"):
        DynamicMode().check(case)


@pytest.mark.parametrize("target", ["x86_64-pc-windows-msvc", "aarch64-apple-darwin"])
def test_other_systems_are_refused_before_cargo(make_interpreter, target) -> None:
    with pytest.raises(BundleTargetError, match="cannot be made for"):
        DynamicMode().check(make_case(make_interpreter(), target=target))


def test_how_a_dynamic_program_is_linked(make_interpreter) -> None:
    case = make_case(make_interpreter(lib_dir="/where/it/was/built"))
    mode = DynamicMode()
    assert [flag.words[1] for flag in mode.flags(case)] == [
        "link-arg=-Wl,-rpath,$ORIGIN/../lib",
        "link-arg=-Wl,--disable-new-dtags",
    ]
    assert mode.hook(case).levels == 2
    assert mode.linked(case).lib_dir == "/x"
    assert mode.probe_flags(case) == ("-L", "native=/x", "-l", "dylib=python3.12")
