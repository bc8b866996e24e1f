from __future__ import annotations

import pytest

from ferrule.errors.configuration import UnknownFeatureError, UnknownReleaseError
from ferrule.python.releases import NEWEST_RELEASE, Pyo3Release
from ferrule.python.stable_features import BuildFeatures, read_features


@pytest.mark.parametrize(
    ("text", "cpython", "pypy", "abi3"),
    [
        ("0.20.3", ((3, 7), (3, 12)), ((3, 7), (3, 10)), 12),
        ("0.22.6", ((3, 7), (3, 13)), ((3, 7), (3, 10)), 12),
        ("0.24.0", ((3, 7), (3, 13)), ((3, 9), (3, 11)), 12),
        ("0.25.1", ((3, 7), (3, 14)), ((3, 9), (3, 11)), 13),
        ("0.29.3", ((3, 8), (3, 15)), ((3, 11), (3, 15)), 15),
        ("0.30.1", ((3, 9), (3, 15)), ((3, 11), (3, 15)), 15),
        ("0.99.0", ((3, 9), (3, 15)), ((3, 11), (3, 15)), 15),
        ("1.2.3", ((3, 9), (3, 15)), ((3, 11), (3, 15)), 15),
    ],
)
def test_supported_versions(text, cpython, pypy, abi3):
    release = Pyo3Release.parse(text)
    assert release.cpython_range == cpython
    assert release.pypy_range == pypy
    assert release.abi3_maximum == abi3


def test_capabilities_change_with_patch_releases():
    parse = Pyo3Release.parse
    assert not parse("0.23.3").reads_framework_prefix
    assert parse("0.23.4").reads_framework_prefix
    assert parse("0.23.2").broken_config_file
    assert not parse("0.23.3").broken_config_file
    assert not parse("0.25.1").knows_build_extension_module_env
    assert parse("0.26.0").knows_build_extension_module_env
    assert not parse("0.29.1").has_raw_dylib_env
    assert parse("0.28.3").free_threaded_minimum == (3, 13)
    assert parse("0.29.0").free_threaded_minimum == (3, 14)
    assert parse("0.22.6").free_threaded_minimum is None
    assert str(parse("0.30.0-rc.1")) == "0.30.0-rc.1"
    assert str(NEWEST_RELEASE) == "0.30.1"


def test_texts_that_are_no_version():
    with pytest.raises(UnknownReleaseError) as caught:
        Pyo3Release.parse("newest")
    assert str(caught.value) == (
        '"newest" is not a version of PyO3\n  a version looks like 0.28.3\n'
        "  fix: write the version that Cargo.lock names, such as 0.30.1"
    )


def test_releases_that_are_too_old():
    with pytest.raises(UnknownReleaseError) as caught:
        Pyo3Release.parse("0.19.2")
    assert str(caught.value) == (
        "PyO3 0.19.2 is too old for ferrule\n"
        "  the oldest release that ferrule knows is 0.20\n"
        "  fix: update the pyo3 dependency in Cargo.toml"
    )


@pytest.mark.parametrize(
    ("release", "names", "expected"),
    [
        ("0.30.1", set(), BuildFeatures()),
        ("0.30.1", {"macros", "abi3"}, BuildFeatures(abi3=True)),
        (
            "0.30.1",
            {"abi3-py312", "abi3-py39", "abi3-py310"},
            BuildFeatures(abi3=True, abi3_version=(3, 9)),
        ),
        (
            "0.30.1",
            {"pyo3/abi3t-py315", "pyo3-ffi/extension-module"},
            BuildFeatures(abi3t=True, abi3t_version=(3, 15), extension_module=True),
        ),
        # The search of 0.25 stops before its highest feature.
        ("0.25.1", {"abi3-py314"}, BuildFeatures(abi3=True)),
        ("0.26.0", {"abi3-py314"}, BuildFeatures(abi3=True, abi3_version=(3, 14))),
        ("0.28.3", {"generate-import-lib"}, BuildFeatures(generate_import_lib=True)),
    ],
)
def test_features(release, names, expected):
    assert read_features(Pyo3Release.parse(release), names) == expected


def test_features_that_the_release_has_not():
    with pytest.raises(UnknownFeatureError) as caught:
        read_features(Pyo3Release.parse("0.24.0"), {"abi3-py313"})
    assert caught.value.what.startswith(
        "PyO3 0.24.0 has no feature abi3-py313 (did you mean "
    )
    assert caught.value.why == (
        "it has abi3-py37, abi3-py38, abi3-py39, abi3-py310, abi3-py311, abi3-py312",
    )
    assert caught.value.fix == "choose one of these, or another release of pyo3"
