from __future__ import annotations

import pytest

from ferrule.settings.model import Settings
from ferrule.target.macos import deployment_target, macos_tag
from ferrule.target.platform_tag import platform_tag


@pytest.mark.parametrize(
    ("version", "machine", "tag"),
    [
        ("11.0", "arm64", "macosx_11_0_arm64"),
        ("12.3", "aarch64", "macosx_12_0_arm64"),
        ("10.12", "x86_64", "macosx_10_12_x86_64"),
        ("11", "x86_64", "macosx_11_0_x86_64"),
    ],
)
def test_tags(version, machine, tag):
    assert macos_tag(version, machine) == tag


def test_the_target_of_one_triple_only():
    settings = Settings(macos_deployment_target={"aarch64-apple-darwin": "12.0"})
    found = deployment_target(settings, "aarch64-apple-darwin")
    assert found == {"MACOSX_DEPLOYMENT_TARGET": "12.0"}
    assert deployment_target(settings, "x86_64-apple-darwin") == {}
    assert deployment_target(Settings(), "aarch64-apple-darwin") == {}


@pytest.mark.parametrize(
    ("target", "tag"),
    [
        (None, "macosx_10_13_universal2"),
        ("", "macosx_10_13_universal2"),
        ("nonsense", "macosx_10_13_universal2"),
        ("12.0", "macosx_12_0_arm64"),
    ],
)
def test_a_deployment_target_counts_instead_of_pythons(make_interpreter, target, tag):
    python = make_interpreter(platform="macosx-10.13-universal2", machine="arm64")
    assert platform_tag(python, deployment_target=target) == tag


def test_other_systems_have_none(make_interpreter):
    python = make_interpreter(platform="win-amd64")
    assert platform_tag(python, deployment_target="12.0") == "win_amd64"
    assert platform_tag(None)
