"""What the tests of publishing share."""

from __future__ import annotations

import pytest
from local_index import MINTED
from small_dists import write_sdist, write_wheel
from upload_user import NEUTRAL, SECRET, USER


@pytest.fixture
def publish(run_ferrule, tmp_path):
    """Return a function that publishes as a user without .pypirc or keyring."""

    def call(*args, index=None, env=USER):
        own = {**NEUTRAL, "HOME": str(tmp_path), "TWINE_REPOSITORY_URL": ""}
        if index is not None:
            own["TWINE_REPOSITORY_URL"] = f"{index.url}/legacy/"
        done = run_ferrule("publish", *args, cwd=tmp_path, env={**own, **env})
        assert SECRET not in done.stdout + done.stderr
        assert MINTED not in done.stdout + done.stderr
        return done

    return call


@pytest.fixture
def dist(tmp_path):
    """Return a folder `dist` with two wheels and an sdist."""
    folder = tmp_path / "dist"
    write_wheel(folder)
    write_wheel(folder, tag="py312-none-any")
    write_sdist(folder)
    return folder
