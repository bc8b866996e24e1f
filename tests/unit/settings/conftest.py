from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.settings import InvalidSettingsError
from ferrule.settings.conditions import Conditions
from ferrule.settings.sources import load_settings
from ferrule.toml import parse_toml


def make_conditions(**changes):
    facts = {
        "state": "wheel",
        "from_sdist": False,
        "platform": "linux",
        "machine": "x86_64",
        "python_version": "3.11.4",
        "implementation": "CPython",
        "env": {},
    }
    return Conditions(**{**facts, **changes})


@pytest.fixture(name="conditions")
def _conditions():
    return make_conditions


@pytest.fixture
def load():
    """Load settings from TOML text, with every other source empty."""

    def call(text="", *, env=None, config_settings=None, command_line=None, **facts):
        env = env or {}
        return load_settings(
            parse_toml(text),
            root=Path("/project"),
            env=env,
            config_settings=config_settings,
            command_line=command_line,
            conditions=make_conditions(env=env, **facts),
        )

    return call


@pytest.fixture
def problems(load):
    """Return the texts of the problems that the settings have."""

    def call(text="", **sources):
        with pytest.raises(InvalidSettingsError) as caught:
            load(text, **sources)
        assert caught.value.exit_code == 2
        return [str(problem) for problem in caught.value.problems]

    return call
