"""What a test needs of the machine: skipped without it, or failed if promised.

`FERRULE_TEST_REQUIRE` with the word `cross` promises all of it.
"""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["miss", "require_tool"]


def require_tool(*names: str) -> str:
    """Return the first of some commands that is there; skip or fail without one."""
    found = [path for path in map(shutil.which, names) if path]
    return found[0] if found else miss(f"{' or '.join(names)} is not installed")


def miss(reason: str) -> str:
    """Skip the test, or fail it where this is promised to be there."""
    if "cross" in os.environ.get("FERRULE_TEST_REQUIRE", "").split():
        pytest.fail(f"{reason}, but this run needs it", pytrace=False)
    return pytest.skip(reason)
