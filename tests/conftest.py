"""What makes a run of the quick tests quick."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

BUILDS = Path(__file__).parent / "build"
QUICK = "not build and not network"  # the expression in pyproject.toml


def pytest_configure() -> None:
    # Thousands of tests are as many objects that stay: looking through them again
    # and again would take a sixth of the time.
    gc.set_threshold(50_000, 20, 100)


def pytest_ignore_collect(collection_path, config) -> bool | None:
    """Spare reading the tests all of which the expression would deselect."""
    if collection_path == BUILDS and config.option.markexpr == QUICK:
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """Refuse a test beside those that build which no run would select."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if BUILDS in item.path.parents and not marks & {"build", "network"}:
            raise pytest.UsageError(
                f"{item.nodeid} is marked neither build nor network"
            )


def pytest_collection_finish() -> None:
    """Let no test fail because the machine has other work too."""
    if "hypothesis" not in sys.modules:  # its import takes longer than many a run
        return
    from hypothesis import HealthCheck, settings

    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("patient", patient)
    settings.load_profile("patient")
