"""Published wheels and the field's tools that judge them."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from published_wheels import Published, fetch, read_table


@pytest.fixture(scope="session")
def fetch_wheel(user_env):
    """Return a function that gives the path of one wheel of the table."""
    folder = platformdirs.user_cache_path("ferrule-tests") / "wheels"

    def call(wheel: Published) -> Path:
        return fetch(wheel, folder, user_env)

    return call


@pytest.fixture(scope="session")
def published_wheels(fetch_wheel) -> dict[str, Path]:
    """Return the paths of all wheels of the table by their file names."""
    return {wheel.file: fetch_wheel(wheel) for wheel in read_table()}
