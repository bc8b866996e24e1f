from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.pipeline.request import Request

BOTH = {"FERRULE_PACKAGE": "env", "FERRULE_MANIFEST_PATH": "e/Cargo.toml"}


@pytest.mark.parametrize(
    ("env", "config_settings", "expected"),
    [
        ({}, None, {}),
        ({"FERRULE_PACKAGE": " "}, {}, {}),
        (BOTH, None, {"package": "env", "manifest-path": "e/Cargo.toml"}),
        ({"FERRULE_PACKAGE": "env"}, {"package": "cli"}, {"package": "cli"}),
        ({}, {"package": ["a", "b"], "strip": "true"}, {}),
        (
            {"FERRULE_MANIFEST_PATH": ""},
            {"build-args": "-m 'a b/Cargo.toml' --strip --oops"},
            {"manifest-path": "a b/Cargo.toml"},
        ),
        ({}, {"maturin.build-args": ["--manifest-path=c"]}, {"manifest-path": "c"}),
        ({}, {"build-args": "--locked"}, {}),
        ({}, {"build-args": 3}, {}),
    ],
)
def test_settings_that_choose_the_crate(env, config_settings, expected):
    request = Request(Path(), env, config_settings=config_settings)
    assert request.chosen_crate() == expected
