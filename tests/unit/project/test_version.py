from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from ferrule.errors.project import VersionError
from ferrule.project.version import normalize_version

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("semver", "pep440"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2.3-alpha.1", "1.2.3a1"),
        ("1.2.3-a.1", "1.2.3a1"),
        ("1.2.3-alpha", "1.2.3a0"),
        ("1.2.3-beta.2", "1.2.3b2"),
        ("1.2.3-rc.1", "1.2.3rc1"),
        ("1.2.3-rc1", "1.2.3rc1"),
        ("1.2.3-c.1", "1.2.3rc1"),
        ("1.2.3-pre.4", "1.2.3rc4"),
        ("1.2.3-dev.3", "1.2.3.dev3"),
        ("1.2.3-post.1", "1.2.3.post1"),
        ("1.2.3-1", "1.2.3.post1"),
        ("1.2.3-rc.1.dev.2", "1.2.3rc1.dev2"),
        ("1.2.3+build.5", "1.2.3+build.5"),
        ("0.1.0-alpha.1+abc", "0.1.0a1+abc"),
        ("1.2.3+Build-X", "1.2.3+build.x"),
        ("01.2", "1.2"),
        ("v1.0", "1.0"),
    ],
)
def test_semver_becomes_pep_440(semver, pep440):
    assert normalize_version(semver) == pep440


@pytest.mark.parametrize("version", ["1.0.0-foo", "1.0.0-alpha.1.2", "", "1..0", "²"])
def test_versions_that_python_cannot_express(version):
    with pytest.raises(VersionError) as caught:
        normalize_version(version, origin="package.version in Cargo.toml")
    text = str(caught.value)
    assert text.startswith(
        f'package.version in Cargo.toml is "{version}", which is not a Python version'
    )
    assert "fix: use for example 1.2.0-alpha.1" in text


releases = st.lists(st.integers(0, 10**6), min_size=3, max_size=3).map(
    lambda numbers: ".".join(map(str, numbers))
)
suffixes = st.sampled_from(
    ["", "-alpha.{}", "-beta.{}", "-rc.{}", "-dev.{}", "-post.{}", "-rc{}.dev.{}"]
)


@patient
@given(releases, suffixes, st.integers(0, 99), st.from_regex(r"\A(\+[a-z0-9]+)?\Z"))
def test_result_is_the_normal_form(release, suffix, number, local):
    version = release + suffix.format(number, number) + local
    normal = normalize_version(version)
    assert normal == str(Version(version))
    assert normalize_version(normal) == normal


@patient
@given(st.text("0123456789.-+abrcdev", max_size=12))
def test_every_text_is_a_version_or_a_designed_error(text):
    with suppress(VersionError):
        assert normalize_version(text) == str(Version(text))
