"""Ranges of Rust compilers."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools import RustVersionError
from ferrule.setuptools.rust_version import (
    VersionRange,
    check_rust_version,
    parse_version,
)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.70", ["1.70.0", "1.95.0-nightly", "2.0.0"], ["1.69.9"]),
        (">1.70", ["1.71.0"], ["1.70.0", "1.70.3"]),
        ("<=1.70", ["1.70.3", "1.0.0"], ["1.71.0"]),
        ("<1.70", ["1.69.1"], ["1.70.0"]),
        (">=1.60,<1.80", ["1.60.0", "1.79.9"], ["1.80.0", "1.59.0"]),
        ("^1.65", ["1.65.0", "1.99.0"], ["1.64.0", "2.0.0"]),
        ("~1.65", ["1.65.7"], ["1.66.0"]),
        ("~=1.65.1", ["1.65.1", "1.65.9"], ["1.65.0", "1.66.0"]),
        ("~=1.65", ["1.65.0", "1.99.0"], ["2.0.0"]),
        ("==1.65.2", ["1.65.2"], ["1.65.3"]),
        ("1.65", ["1.65.9"], ["1.66.0"]),
        ("!=1.65", ["1.66.0"], ["1.65.3"]),
        ("*", ["1.0.0"], []),
    ],
)
def test_ranges(text, inside, outside) -> None:
    wanted = VersionRange(text)
    assert [item for item in inside if parse_version(item) not in wanted] == []
    assert [item for item in outside if parse_version(item) in wanted] == []
    assert str(wanted) == text


def test_version_has_the_attributes_of_a_semantic_version() -> None:
    version = parse_version("1.80.0-beta.3")
    assert (version.major, version.minor, version.patch) == (1, 80, 0)
    assert "beta" in version.prerelease
    assert str(version) == "1.80.0-beta.3"
    assert version < parse_version("1.81.0")


def test_a_range_that_means_nothing() -> None:
    with pytest.raises(ValueError, match=r"cannot parse the Rust version '>=one'"):
        VersionRange(">=one")


def test_wrong_compiler() -> None:
    with pytest.raises(RustVersionError) as caught:
        check_rust_version("a.b", VersionRange(">=2"), "release: 1.80.0\nhost: x")
    assert str(caught.value) == (
        "Rust extension a.b needs Rust >=2\n"
        "  found: Rust 1.80.0\n"
        "  fix: install a fitting toolchain, or set RUSTUP_TOOLCHAIN to one"
    )
    check_rust_version("a.b", None, "release: 1.80.0")
