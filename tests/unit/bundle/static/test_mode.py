"""The static mode: what it refuses, and what PyO3 is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.bundle.modes import Case, find_mode
from ferrule.bundle.static.mode import (
    find_static_library,
    initializing_call,
    static_config,
)
from ferrule.errors.bundle import BundleTargetError
from ferrule.errors.static_link import (
    NoStaticPythonError,
    StaticAutoInitializeError,
    StaticConfigFileError,
    StaticLoaderError,
)
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple
from tests.unit.conftest import INTERPRETER


@pytest.fixture
def case(rust):
    """Give a function that describes what is bundled."""

    def call(
        target="x86_64-unknown-linux-gnu",
        interpreter=INTERPRETER,
        libpython=None,
        **changes,
    ):
        return Case(
            "app",
            interpreter,
            parse_triple(target),
            BundleSettings(),
            libpython,
            rust(target=target, **changes),
        )

    return call


def program(features=(), *, version="0.29.3", user_file=None):
    """Return as much of a compile key as the mode looks at."""
    use = SimpleNamespace(features=frozenset(features), version=version)
    pyo3 = SimpleNamespace(use=use, user_file=user_file)
    return SimpleNamespace(pyo3=pyo3, crate=SimpleNamespace(name="app"))


def test_pyo3_is_told_to_link_nothing():
    text = (
        "implementation=CPython\nversion=3.12\nshared=true\nlib_name=python3.12\n"
        "lib_dir=/opt/lib\npointer_width=64\nbuild_flags=\n"
        "extra_build_script_line=cargo:rustc-link-lib=python3.12\n"
    )
    assert static_config(text) == (
        "implementation=CPython\nversion=3.12\npointer_width=64\nbuild_flags=\n"
        "shared=false\nsuppress_build_script_link_lines=true\n"
    )
    assert static_config(static_config(text)) == static_config(text)


@pytest.mark.parametrize(
    ("version", "call"),
    [
        ("0.20.3", "pyo3::prepare_freethreaded_python();"),
        ("0.25.1", "pyo3::prepare_freethreaded_python();"),
        ("0.26.0", "Python::initialize();"),
        ("1.0.0", "Python::initialize();"),
    ],
)
def test_auto_initialize_is_refused(case, version, call):
    assert initializing_call(version) == call
    with pytest.raises(StaticAutoInitializeError) as caught:
        find_mode("static").check_program(
            case(), program(["auto-initialize"], version=version)
        )
    assert str(caught.value).startswith(
        "PyO3's feature `auto-initialize` and a static Python exclude each other\n"
        f"  the feature is on for pyo3 {version} of `app`"
    )
    assert (
        f"fix: remove `auto-initialize` from the features of pyo3 in Cargo.toml "
        f'(`pyo3 = "{version}"`), and write `{call}` as the first statement of main()'
    ) in str(caught.value)


def test_other_programs_are_accepted(case):
    find_mode("static").check_program(case(), program(["macros"]))


def test_a_configuration_file_of_the_user(case, tmp_path):
    with pytest.raises(StaticConfigFileError) as caught:
        find_mode("static").check_program(
            case(), program(user_file=tmp_path / "pyo3.txt")
        )
    assert str(caught.value).startswith(
        "PYO3_CONFIG_FILE decides how libpython is linked, and --mode static too\n"
        f"  PYO3_CONFIG_FILE={tmp_path / 'pyo3.txt'}\n"
        "  fix: unset PYO3_CONFIG_FILE"
    )


def test_macos_is_not_built_here(case):
    with pytest.raises(BundleTargetError):
        find_mode("static").check(case("aarch64-apple-darwin"))


@pytest.mark.parametrize(
    ("target", "flags", "libc"),
    [
        ("x86_64-unknown-linux-musl", (), "musl"),
        ("x86_64-unknown-linux-gnu", ("-Ctarget-feature=+crt-static",), "glibc"),
        ("x86_64-alpine-linux-musl", ("-C", "target-feature=+crt-static"), "musl"),
    ],
)
def test_a_static_c_library_loads_no_modules(case, target, flags, libc):
    with pytest.raises(StaticLoaderError) as caught:
        find_mode("static").check(case(target, rustflags=flags))
    assert str(caught.value).startswith(
        f"a program for {target} that contains {libc} cannot load extension modules\n"
    )
    assert "target-feature=-crt-static" in caught.value.fix


@pytest.mark.parametrize(
    ("target", "flags"),
    [
        ("x86_64-unknown-linux-musl", ("-C", "target-feature=+avx2,-crt-static")),
        ("x86_64-alpine-linux-musl", ()),
    ],
)
def test_a_shared_c_library_loads_them(case, target, flags):
    with pytest.raises(NoStaticPythonError):
        find_mode("static").check(case(target, rustflags=flags))


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({}, "install a Python that has one: pyenv install 3.12"),
        ({"base_prefix": "/usr"}, "install libpython3.12-dev (Debian, Ubuntu)"),
        ({"base_prefix": "/home/a/.pyenv/versions/x"}, "pyenv install --force 3.12.1"),
        ({"is_conda": True}, "conda install -c conda-forge libpython-static=3.12"),
    ],
)
def test_a_python_without_an_archive(case, changes, remedy):
    changes = {"lib_dir": "/nowhere", "ld_version": "3.12none", **changes}
    found = replace(INTERPRETER, **changes)
    with pytest.raises(NoStaticPythonError) as caught:
        find_mode("static").check(case(interpreter=found, libpython=Path("/lib/x.so")))
    assert str(caught.value).startswith("CPython 3.12 has no libpython.a")
    assert "; or bundle its shared library: --mode dynamic" in str(caught.value)
    with pytest.raises(NoStaticPythonError) as caught:
        find_mode("static").check(case(interpreter=found, libpython=None))
    text = str(caught.value)
    assert text.startswith("CPython 3.12 has no libpython, shared or static, which")
    assert "--mode dynamic" not in text
    assert "/nowhere/libpython3.12none.a" in text
    assert remedy in text


def test_the_archive_of_an_installation(tmp_path):
    home = tmp_path / "lib" / "python3.12"
    found = replace(
        INTERPRETER,
        base_prefix=str(tmp_path),
        lib_dir="/install/lib",
        install_paths=(("stdlib", str(home)),),
    )
    assert find_static_library(found) is None
    beside = tmp_path / "lib" / "libpython3.12.a"
    beside.parent.mkdir()
    beside.touch()
    assert find_static_library(found) == beside
    own = home / "config-3.12-x86_64-linux-gnu" / "libpython3.12.a"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find_static_library(found) == own
