from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.errors import FerruleError
from ferrule.errors.settings import (
    InvalidSettingsError,
    SettingTypeError,
    UnsupportedBindingsError,
)
from ferrule.settings.compat.maturin import KEYS, translate_maturin
from ferrule.settings.conditions import Conditions
from ferrule.settings.model import (
    CargoTarget,
    Feature,
    FilePattern,
    SbomSettings,
    Settings,
)
from ferrule.settings.sources import load_settings
from ferrule.toml import parse_toml


def load(text):
    return load_settings(
        {"tool": {"maturin": parse_toml(text)}},
        root=Path("/project"),
        env={},
        conditions=Conditions("wheel", False, "linux", "x86_64", None, None, {}),
    )


USUAL = """
bindings = "pyo3-ffi"
module-name = "pkg._core"
python-source = "python"
python-packages = ["extra", "nested/pkg"]
manifest-path = "rust/Cargo.toml"
features = [
    "pyo3/extension-module",
    { feature = "x", python-version = ">=3.11", python-implementation = "CPython" },
]
all-features = false
no-default-features = true
include = [
    "rust-toolchain",
    { path = "tests/**", format = "sdist" },
    { path = "LICENSE", format = ["sdist", "wheel"] },
    { path = "*.h", from = "out-dir", to = "pkg/include/", crate-name = "core" },
]
exclude = ["**/*.tmp"]
strip = true
profile = "dist"
editable-profile = "dev"
locked = true
frozen = false
data = "some.data"
compatibility = "manylinux2014"
sdist-generator = "git"
config = ["a=1"]
unstable-flags = ["build-std"]
rustc-args = ["-C", "lto"]
targets = [{ name = "core", kind = "cdylib" }, { name = "tool" }]
auditwheel = "check"
skip-auditwheel = true
include-import-lib = true
use-base-python = true
pgo-command = "python -m bench"
pgo-dependency-group = "bench"

[target.aarch64-apple-darwin]
macos-deployment-target = "11.0"

[target.x86_64-apple-darwin]
macosx-deployment-target = "10.12"

[sbom]
rust = false
auditwheel = false
include = ["vendored.cdx.json"]

[generate-ci.github]
pytest = true
anything = { at = "all" }
"""


def test_the_usual_keys_mean_the_same():
    loaded = load(USUAL)
    assert loaded.warnings == ()
    assert loaded.settings == Settings(
        bindings="pyo3",
        module_name="pkg._core",
        python_source="python",
        python_packages=("extra", "nested/pkg"),
        manifest_path="rust/Cargo.toml",
        features=(
            Feature("pyo3/extension-module"),
            Feature("x", ">=3.11", "cpython"),
        ),
        no_default_features=True,
        include=(
            FilePattern("rust-toolchain", format=("wheel", "sdist")),
            FilePattern("tests/**", format=("sdist",)),
            FilePattern("LICENSE", format=("sdist", "wheel")),
            FilePattern("*.h", ("wheel",), "out-dir", "pkg/include/", "core"),
        ),
        exclude=(FilePattern("**/*.tmp"),),
        strip=True,
        profile="dist",
        editable_profile="dev",
        locked=True,
        data="some.data",
        compatibility="manylinux_2_17",
        sdist_generator="git",
        config=("a=1",),
        unstable_flags=("build-std",),
        rustc_args=("-C", "lto"),
        targets=(CargoTarget("core", "cdylib"), CargoTarget("tool")),
        audit="check",
        include_import_lib=True,
        pgo_command="python -m bench",
        pgo_dependency_group="bench",
        macos_deployment_target={
            "aarch64-apple-darwin": "11.0",
            "x86_64-apple-darwin": "10.12",
        },
        sbom=SbomSettings(rust=False, repair=False, include=("vendored.cdx.json",)),
    )
    assert loaded.origin["data"] == "tool.maturin.data"
    assert loaded.origin["audit"] == "tool.maturin.auditwheel"
    given = set(parse_toml(USUAL))
    assert set(KEYS) - given == {"manylinux"}, "a key of maturin lacks a test"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("pypi", "pypi"),
        ("off", "linux"),
        ("linux", "linux"),
        ("1", "manylinux_2_5"),
        ("2010", "manylinux_2_12"),
        ("2014", "manylinux_2_17"),
        ("manylinux1", "manylinux_2_5"),
        ("2_28", "manylinux_2_28"),
        ("manylinux_2_28", "manylinux_2_28"),
        ("musllinux_1_2", "musllinux_1_2"),
    ],
)
def test_platform_tags(value, expected):
    assert load(f'manylinux = "{value}"').settings.compatibility == expected


@pytest.mark.parametrize(
    ("text", "audit"),
    [
        ('auditwheel = "repair"', "repair"),
        ('auditwheel = "warn"', "warn"),
        ('auditwheel = "skip"', "skip"),
        ("skip-auditwheel = true", "skip"),
        ("skip-auditwheel = false", "repair"),
        ('auditwheel = "check"\nskip-auditwheel = true', "check"),
        ('skip-auditwheel = true\nauditwheel = "check"', "check"),
    ],
)
def test_modes_of_the_audit(text, audit):
    assert load(text).settings.audit == audit


def test_both_spellings_of_the_crate_are_read():
    pattern = '{ path = "*.h", from = "out-dir", to = "a", crate_name = "core" }'
    (found,) = load(f"include = [{pattern}]").settings.include
    assert found == FilePattern("*.h", ("wheel",), "out-dir", "a", "core")


def test_unknown_keys_warn_and_are_ignored():
    loaded = load("""
        strp = true
        name = "x"
        features = [{ feature = "a", python-verson = ">=3.9" }]
        include = [{ path = "a", fromat = "sdist" }]
        exclude = [{ path = "b", to = "c" }]
        targets = [{ name = "a", king = "bin" }]
        [sbom]
        rust = false
        includes = ["a"]
        [target.aarch64-apple-darwin]
        macos-deployment-targt = "11.0"
    """)
    foreign = "is not a key of maturin and is ignored"
    assert loaded.warnings == (
        f'tool.maturin.strp {foreign} (did you mean "strip"?)',
        f"tool.maturin.name {foreign}",
        (
            f"tool.maturin.features[0].python-verson {foreign} "
            '(did you mean "python-version"?)'
        ),
        f'tool.maturin.include[0].fromat {foreign} (did you mean "format"?)',
        f"tool.maturin.exclude[0].to {foreign}",
        f'tool.maturin.targets[0].king {foreign} (did you mean "kind"?)',
        f'tool.maturin.sbom.includes {foreign} (did you mean "include"?)',
        (
            "tool.maturin.target.aarch64-apple-darwin.macos-deployment-targt "
            f'{foreign} (did you mean "macos-deployment-target"?)'
        ),
    )
    assert loaded.settings == Settings(
        features=(Feature("a"),),
        include=(FilePattern("a"),),
        exclude=(FilePattern("b"),),
        targets=(CargoTarget("a"),),
        sbom=SbomSettings(rust=False),
    )


def test_a_place_without_from_is_ignored_as_by_maturin():
    loaded = load('include = [{ path = "a", format = "wheel", to = "b" }]')
    assert loaded.settings.include == (FilePattern("a", ("wheel",)),)
    assert loaded.warnings == ("tool.maturin.include[0]: to counts only beside `from`",)


def test_unknown_words_warn_and_are_ignored():
    loaded = load("""
        bindings = "pyo33"
        auditwheel = "skipp"
        sdist-generator = "hg"
        compatibility = "manylinux_x"
        features = [{ feature = "a", python-implementation = "Jython" }, "b"]
        include = [
            { path = "a", format = ["sdist", "weel"] },
            { path = "b", format = "sdits" },
        ]
        targets = [{ name = "a", kind = "binary" }]
    """)
    assert loaded.warnings == (
        'tool.maturin.bindings is "pyo33", which is ignored (did you mean "pyo3"?)',
        'tool.maturin.auditwheel is "skipp", which is ignored (did you mean "skip"?)',
        'tool.maturin.sdist-generator is "hg", which is ignored',
        (
            'tool.maturin.compatibility is "manylinux_x", which is no platform: '
            "it is ignored"
        ),
        (
            'tool.maturin.features[0].python-implementation is "jython", '
            'which is ignored (did you mean "cpython"?)'
        ),
        (
            'tool.maturin.include[0].format is "weel", which is ignored '
            '(did you mean "wheel"?)'
        ),
        (
            'tool.maturin.include[1].format is "sdits", which is ignored '
            '(did you mean "sdist"?)'
        ),
        (
            'tool.maturin.targets[0].kind is "binary", which is ignored '
            '(did you mean "bin"?)'
        ),
    )
    assert loaded.settings == Settings(
        features=(Feature("b"),),
        include=(FilePattern("a", ("sdist",)), FilePattern("b")),
        targets=(CargoTarget("a"),),
    )


def test_keys_of_old_releases_are_honoured():
    loaded = load("""
        include = ["a"]
        sdist-include = ["Cargo.lock", "../other"]
        cargo-extra-args = "--no-default-features --features 'a b' --zig --nonsense"
        rustc-extra-args = "-C lto"
    """)
    assert loaded.settings == Settings(
        include=(FilePattern("a"), FilePattern("Cargo.lock", format=("sdist",))),
        features=(Feature("a"), Feature("b")),
        no_default_features=True,
        linker="zig",
        rustc_args=("-C", "lto"),
    )
    old = "was removed in maturin 1.0 and is read for old projects: use"
    assert loaded.warnings == (
        "tool.maturin.cargo-extra-args: the option --nonsense is not a setting",
    )
    assert loaded.hints == (
        f"tool.maturin.cargo-extra-args {old} typed keys",
        f"tool.maturin.rustc-extra-args {old} rustc-args",
        f"tool.maturin.sdist-include {old} include with the format sdist",
    )


def test_old_keys_of_the_wrong_type_warn():
    loaded = load("sdist-include = 3")
    assert loaded.warnings == (
        (
            "tool.maturin.sdist-include is not a string or a list of strings "
            "and is ignored"
        ),
    )


def test_every_kind_of_bindings_is_read():
    names = ("pyo3", "pyo3-ffi", "cffi", "uniffi", "bin")
    found = [load(f'bindings = "{name}"').settings.bindings for name in names]
    assert found == ["pyo3", "pyo3", "cffi", "uniffi", "bin"]


def test_bindings_of_the_past_are_refused():
    with pytest.raises(InvalidSettingsError) as caught:
        load('bindings = "rust-cpython"')
    (problem,) = caught.value.problems
    assert isinstance(problem, UnsupportedBindingsError)
    assert str(problem) == (
        'tool.maturin.bindings is "rust-cpython", which ferrule does not build\n'
        "  ferrule builds pyo3, cffi and uniffi modules, and programs (bin)\n"
        "  fix: a library that brings its own PyInit_ function is named in "
        '[[tool.ferrule.modules]] with bindings = "none"; for anything else, keep '
        "the build backend that this project uses now"
    )


def test_wrong_types_are_errors_with_maturins_path():
    with pytest.raises(InvalidSettingsError) as caught:
        load("""
            strip = "yes"
            features = "a"
            manylinux = 1
            include = [{}]
            auditwheel = true
            sbom = []
            target = 3
            targets = ["a"]
        """)
    assert [str(problem) for problem in caught.value.problems] == [
        'tool.maturin.strip must be true or false, not "yes" (a string)',
        'tool.maturin.features must be a list of strings or tables, not "a" (a string)',
        "tool.maturin.manylinux must be a string, not 1 (an integer)",
        'tool.maturin.include[0] lacks the key "path"',
        "tool.maturin.auditwheel must be a string, not true (a boolean)",
        "tool.maturin.sbom must be a table, not a list",
        "tool.maturin.target must be a table of a string, not 3 (an integer)",
        'tool.maturin.targets[0] must be a table, not "a" (a string)',
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("skip-auditwheel = 1", "skip-auditwheel must be true or false, not 1"),
        ("sbom = { auditwheel = 'x' }", "sbom.auditwheel must be true or false, not"),
        ("target = { x = 1 }", "target.x must be a table, not 1 (an integer)"),
    ],
)
def test_wrong_types_of_renamed_keys_keep_maturins_name(text, message):
    with pytest.raises(InvalidSettingsError) as caught:
        load(text)
    assert str(caught.value.problems[0]).startswith(f"tool.maturin.{message}")


def test_keys_that_no_build_reads_may_hold_anything():
    loaded = load("use-base-python = 'yes'\ngenerate-ci = 3")
    assert (loaded.settings, loaded.warnings) == (Settings(), ())


VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
WORDS = st.sampled_from(["sdist-include", "cargo-extra-args", *sorted(KEYS)]) | st.text(
    max_size=8
)


@given(st.dictionaries(WORDS, VALUES, max_size=6))
def test_any_table_translates(table):
    try:
        translate_maturin(table)
    except FerruleError as error:
        expected = (SettingTypeError, UnsupportedBindingsError)
        assert isinstance(error, expected)  # noqa: PT017
