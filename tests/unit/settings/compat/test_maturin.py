from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule.errors import FerruleError
from ferrule.errors.settings import InvalidSettingsError, UnsupportedBindingsError
from ferrule.settings.compat.maturin import translate_maturin
from ferrule.settings.conditions import Conditions
from ferrule.settings.model import Feature, FilePattern, Settings
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
    )
    assert loaded.origin["data"] == "tool.maturin.data"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("pypi", "auto"),
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


def test_keys_without_counterpart_and_unknown_keys_warn():
    loaded = load("""
        strp = true
        name = "x"
        targets = [{ name = "a" }]
        auditwheel = "skip"
        features = [{ feature = "a", python-verson = ">=3.9" }]
        include = [{ path = "a", fromat = "sdist" }]
        [sbom]
        rust = false
    """)
    gone = "has no counterpart in ferrule and is ignored"
    foreign = "is not a key of maturin and is ignored"
    assert loaded.warnings == (
        f'tool.maturin.strp {foreign} (did you mean "strip"?)',
        f"tool.maturin.name {foreign}",
        f"tool.maturin.targets {gone}",
        f"tool.maturin.auditwheel {gone}",
        (
            f"tool.maturin.features[0].python-verson {foreign} "
            '(did you mean "python-version"?)'
        ),
        f'tool.maturin.include[0].fromat {foreign} (did you mean "format"?)',
        f"tool.maturin.sbom {gone}",
    )
    assert loaded.settings == Settings(
        features=(Feature("a"),), include=(FilePattern("a"),)
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
        rustc_args=("-C", "lto"),
    )
    old = "was removed in maturin 1.0 and is read for old projects: use"
    assert loaded.warnings == (
        (
            "tool.maturin.cargo-extra-args: the option --zig has no counterpart "
            "and is ignored"
        ),
        f"tool.maturin.cargo-extra-args {old} typed keys",
        "tool.maturin.cargo-extra-args: the option --nonsense is not a setting",
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


@pytest.mark.parametrize("bindings", ["cffi", "uniffi", "rust-cpython"])
def test_other_bindings_are_refused(bindings):
    with pytest.raises(InvalidSettingsError) as caught:
        load(f'bindings = "{bindings}"')
    (problem,) = caught.value.problems
    assert isinstance(problem, UnsupportedBindingsError)
    assert str(problem) == (
        f'tool.maturin.bindings is "{bindings}", which ferrule does not build\n'
        "  ferrule builds PyO3 modules (pyo3) and Rust programs (bin)\n"
        "  fix: keep the build backend that this project uses now"
    )


def test_wrong_types_are_errors_with_maturins_path():
    with pytest.raises(InvalidSettingsError) as caught:
        load('strip = "yes"\nfeatures = "a"\nmanylinux = 1\ninclude = [{}]')
    assert [str(problem) for problem in caught.value.problems] == [
        'tool.maturin.strip must be true or false, not "yes" (a string)',
        'tool.maturin.features must be a list of strings or tables, not "a" (a string)',
        "tool.maturin.compatibility must be a string, not 1 (an integer)",
        'tool.maturin.include[0] lacks the key "path"',
    ]


VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["include", "features", "bindings", "sdist-include", "cargo-extra-args", "strip"]
) | st.text(max_size=8)


@given(st.dictionaries(KEYS, VALUES))
def test_any_table_translates(table):
    try:
        translate_maturin(table)
    except FerruleError as error:
        assert isinstance(error, UnsupportedBindingsError)  # noqa: PT017
