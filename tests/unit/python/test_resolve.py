from __future__ import annotations

import pytest

from ferrule.errors import FerruleError
from ferrule.errors.configuration import ConfigurationError
from ferrule.python.releases import Pyo3Release
from ferrule.python.resolve import override_config, resolve_config
from ferrule.target.triple import parse_triple

LINUX = "x86_64-unknown-linux-gnu"
WINDOWS = "x86_64-pc-windows-msvc"


class NoPythonError(FerruleError):
    pass


@pytest.fixture
def resolve():
    """Return a function that decides in a made-up situation."""

    def decide(
        release, interpreter=None, *, features=(), target=LINUX, host=LINUX,
        check=True, **env,
    ):  # fmt: skip
        def find():
            if interpreter is None:
                raise NoPythonError("no Python 3.x interpreter found")
            return interpreter

        return resolve_config(
            Pyo3Release.parse(release),
            env=env,
            target=parse_triple(target),
            host=parse_triple(host),
            features=frozenset(features),
            find_interpreter=find,
            check=check,
        )

    return decide


def test_host_interpreter_of_the_newest_release(resolve, make_interpreter):
    found = resolve("0.30.1", make_interpreter("3.12"), features={"abi3-py310"})
    assert found.text == (
        "implementation=CPython\nversion=3.12\nshared=true\n"
        "target_abi=CPython-abi3-3.10\nlib_name=python3.12\nlib_dir=/opt/python/lib\n"
        "executable=/opt/python/bin/python3\npointer_width=64\nbuild_flags=\n"
        "python_framework_prefix=\nsuppress_build_script_link_lines=false\n"
    )
    assert found.source == "host"
    assert found.explanations["version"] == "asked from /opt/python/bin/python3"
    assert found.explanations["target_abi"] == "the cargo feature abi3-py310"


def test_host_interpreter_of_an_old_release(resolve, make_interpreter):
    found = resolve("0.22.6", make_interpreter("3.12"), features={"abi3-py310"})
    assert found.text == (
        "implementation=CPython\nversion=3.10\nshared=true\nabi3=true\n"
        "lib_name=python3.12\nlib_dir=/opt/python/lib\n"
        "executable=/opt/python/bin/python3\npointer_width=64\nbuild_flags=\n"
        "suppress_build_script_link_lines=false\n"
    )
    assert found.explanations["version"] == "the cargo feature abi3-py310"


@pytest.mark.parametrize(
    ("version", "release", "features", "abi"),
    [
        ("3.12", "0.30.1", {"abi3"}, "CPython-abi3-3.12"),
        ("3.16", "0.30.1", {"abi3"}, "CPython-abi3-3.15"),
        ("3.14t", "0.30.1", {"abi3-py310"}, "CPython-free_threaded-3.14"),
        ("3.15t", "0.30.1", {"abi3-py310"}, "CPython-free_threaded-3.15"),
        ("3.15t", "0.30.1", {"abi3t-py315"}, "CPython-abi3t-3.15"),
        ("3.15", "0.30.1", {"abi3t-py315", "abi3-py39"}, "CPython-abi3t-3.15"),
        ("3.14", "0.30.1", {"abi3t-py315"}, "CPython-gil_enabled-3.14"),
    ],
)
def test_choice_of_the_abi(resolve, make_interpreter, version, release, features, abi):
    found = resolve(release, make_interpreter(version), features=features)
    assert str(found.config.abi) == abi


def test_minimum_above_the_interpreter(resolve, make_interpreter):
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.30.1", make_interpreter("3.11"), features={"abi3-py312"})
    assert str(caught.value) == (
        "cannot set a minimum Python version 3.12 higher than the interpreter version "
        "3.11 (the minimum Python version is implied by the abi3-py312 feature)\n"
        "  fix: use Python 3.12 or newer, or a lower abi3-py3* feature\n"
        "  see: https://pyo3.rs/latest/building-and-distribution.html"
    )


@pytest.mark.parametrize("release", ["0.22.6", "0.30.1"])
def test_extension_module_without_a_python(resolve, release):
    found = resolve(release, features={"abi3-py310", "extension-module"})
    assert found.warnings == ("Compiling without a working Python interpreter.",)
    assert found.config.version == (3, 10)
    assert found.config.lib_name is None
    reason = "no usable interpreter (no Python 3.x interpreter found)"
    assert found.explanations["version"] == f"{reason}: the feature abi3-py310"


def test_program_without_a_python_gets_the_error_of_discovery(resolve):
    with pytest.raises(NoPythonError):
        resolve("0.30.1", features={"abi3-py310"})


@pytest.mark.parametrize(
    ("release", "message"),
    [
        ("0.30.1", "Neither abi3 or abi3t features are enabled"),
        (
            "0.28.3",
            (
                "An abi3-py3* feature must be specified when compiling without a "
                "Python interpreter."
            ),
        ),
    ],
)
def test_no_python_needs_a_version(resolve, release, message):
    with pytest.raises(ConfigurationError) as caught:
        resolve(release, features={"abi3"}, PYO3_NO_PYTHON="")
    assert caught.value.message == message


def test_forward_compatibility(resolve, make_interpreter):
    python = make_interpreter("3.15")
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.25.1", python)
    assert caught.value.report == (
        "the configured Python interpreter version (3.15) is newer than PyO3's maximum "
        "supported version (3.14)\n"
        "= help: please check if an updated version of PyO3 is available. Current "
        "version: 0.25.1\n"
        "= help: set PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1 to suppress this check and "
        "build anyway using the stable ABI"
    )
    found = resolve("0.25.1", python, PYO3_USE_ABI3_FORWARD_COMPATIBILITY="1")
    assert found.config.abi3
    assert found.explanations["abi3"] == "PYO3_USE_ABI3_FORWARD_COMPATIBILITY=1"


def test_too_old(resolve, make_interpreter):
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.30.1", make_interpreter("3.8"))
    assert str(caught.value) == (
        "the configured Python interpreter version (3.8) is lower than PyO3's minimum "
        "supported version (3.9)\n"
        "  fix: use Python 3.9 or newer, or an older pyo3\n"
        "  see: https://pyo3.rs/latest/building-and-distribution.html"
    )
    found = resolve("0.30.1", make_interpreter("3.8"), check=False)
    assert found.problem is not None
    assert "version=3.8\n" in found.text


def test_prereleases_are_warned_about(resolve, make_interpreter):
    found = resolve("0.28.3", make_interpreter("3.15"))
    assert found.warnings[0].startswith(
        "Using experimental support for the Python 3.15 ABI."
    )


def test_free_threading_of_0_22(resolve, make_interpreter):
    python = make_interpreter("3.13t")
    with pytest.raises(ConfigurationError, match="built with the GIL disabled"):
        resolve("0.22.6", python)
    assert resolve("0.22.6", python, UNSAFE_PYO3_BUILD_FREE_THREADED="1")


def test_free_threading_of_3_13_ends_with_0_29(resolve, make_interpreter):
    assert resolve("0.28.3", make_interpreter("3.13t")).config.is_free_threaded
    with pytest.raises(ConfigurationError, match=r"versions below 3\.14"):
        resolve("0.29.3", make_interpreter("3.13t"))


def test_width(resolve, make_interpreter):
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.30.1", make_interpreter(pointer_width=32))
    assert caught.value.message == (
        "your Rust target architecture (64-bit) does not match your python "
        "interpreter (32-bit)"
    )


def test_graalpy_that_is_too_old(resolve, make_interpreter):
    python = make_interpreter(implementation="GraalVM", implementation_version=(24, 2))
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.30.1", python)
    assert caught.value.message == "At least GraalPy version 25.0 needed, got 24.2"
    with pytest.raises(ConfigurationError, match="unknown interpreter: GraalVM"):
        resolve("0.20.3", python)


def test_cross_to_windows_needs_no_interpreter(resolve):
    found = resolve(
        "0.30.1", target=WINDOWS, PYO3_CROSS_PYTHON_VERSION="3.13t", check=False
    )
    assert found.source == "cross"
    assert found.config.lib_name == "python313t"
    assert found.config.build_flags == ("Py_GIL_DISABLED",)
    assert found.explanations["version"] == "PYO3_CROSS_PYTHON_VERSION"


def test_cross_without_a_version(resolve):
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.28.3", target=WINDOWS)
    assert str(caught.value) == (
        "PYO3_CROSS_PYTHON_VERSION or an abi3-py3* feature must be specified when "
        "cross-compiling and PYO3_CROSS_LIB_DIR is not set.\n"
        "  = help: see the PyO3 user guide for more information: "
        "https://pyo3.rs/v0.28.3/building-and-distribution.html#cross-compiling\n"
        "  fix: set PYO3_CROSS_PYTHON_VERSION, for example to 3.12\n"
        "  see: https://pyo3.rs/latest/building-and-distribution.html"
    )


@pytest.mark.parametrize(
    ("variable", "value", "causes"),
    [
        ("PYO3_CROSS_PYTHON_VERSION", "3", ("expected major.minor version",)),
        (
            "PYO3_CROSS_PYTHON_IMPLEMENTATION",
            "cpython",
            ("unknown interpreter: cpython",),
        ),
    ],
)
def test_unreadable_variables(resolve, variable, value, causes):
    with pytest.raises(ConfigurationError) as caught:
        resolve("0.30.1", **{variable: value})
    assert caught.value.message == f"failed to parse {variable}"
    assert caught.value.causes == causes


@pytest.mark.parametrize(
    ("release", "abi", "lib_name"),
    [
        ("0.22.6", "CPython-gil_enabled-3.13", None),
        ("0.25.1", "CPython-abi3-3.9", None),
        ("0.28.3", "CPython-abi3-3.9", "python3.9"),
        ("0.30.1", "CPython-abi3-3.9", "python3.9"),
    ],
)
def test_configuration_file_and_features(resolve, tmp_path, release, abi, lib_name):
    path = tmp_path / "config.txt"
    path.write_text("version=3.13\n")
    found = resolve(
        release,
        features={"abi3-py39", "extension-module"},
        PYO3_CONFIG_FILE=str(path),
        PYO3_NO_PYTHON="1",
    )
    assert found.source == "file"
    assert str(found.config.abi) == abi
    assert found.config.lib_name == lib_name


def test_broken_releases_are_named(resolve, tmp_path):
    path = tmp_path / "config.txt"
    path.write_text("version=3.12\n")
    found = resolve("0.23.1", PYO3_CONFIG_FILE=str(path))
    assert "issues/4757" in found.warnings[0]


def test_missing_name_of_the_library(resolve):
    found = resolve("0.28.3", features={"abi3-py39"}, PYO3_NO_PYTHON="1", check=False)
    assert str(found.problem).startswith(
        "attempted to link to Python shared library but config does not contain"
    )


def test_raw_dylib_of_an_unknown_library(resolve, tmp_path):
    path = tmp_path / "config.txt"
    path.write_text("version=3.12\nlib_name=custom\n")
    found = resolve(
        "0.30.1", target=WINDOWS, PYO3_CONFIG_FILE=str(path), PYO3_USE_RAW_DYLIB="1"
    )
    assert found.warnings == (
        (
            "PYO3_USE_RAW_DYLIB is set to 1 but the Python library name is not "
            "recognized. Falling back to full linking."
        ),
    )


def test_overrides(resolve, make_interpreter):
    release = Pyo3Release.parse("0.30.1")
    config = resolve("0.30.1", make_interpreter()).config
    changed = override_config(
        config, release, ["lib_dir=/x = y", "version=3.11", "shared=false"]
    )
    assert (changed.lib_dir, changed.version) == ("/x = y", (3, 11))
    assert not changed.shared
    twice = ["extra_build_script_line=a", "extra_build_script_line=b"]
    assert override_config(config, release, twice).extra_build_script_lines == (
        "a",
        "b",
    )


@pytest.mark.parametrize(
    ("assignment", "text"),
    [
        ("lib_nam=x", 'unknown config key "lib_nam" (did you mean "lib_name"?)'),
        ("lib_name", 'cannot set "lib_name"'),
        ("abi3=true", "PyO3 0.30.1 has target_abi in place of abi3"),
        ("shared=yes", "failed to parse shared from config value 'yes'"),
    ],
)
def test_overrides_that_cannot_be(resolve, make_interpreter, assignment, text):
    config = resolve("0.30.1", make_interpreter()).config
    with pytest.raises(ConfigurationError) as caught:
        override_config(config, Pyo3Release.parse("0.30.1"), [assignment])
    assert caught.value.what == text
