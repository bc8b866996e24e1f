"""Opened wheels, and the findings of one check about them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ferrule.audit.rules import RULES
from ferrule.wheel.reading import open_wheel
from tests.unit.made_wheels import wheel_bytes

_FORMATS = runpy.run_path(str(Path(__file__).parents[2] / "formats" / "conftest.py"))

macho_image = _FORMATS["macho_image"]
pe_image = _FORMATS["pe_image"]


@pytest.fixture
def found(request, tmp_path):
    """Give a function that makes a wheel and returns what its check finds.

    The check is that of the test module's `CHECK`.
    """
    wheels = []

    def find(files=None, *, name="", **options):
        tag = options.get("tag", "py3-none-any")
        path = tmp_path / (name or f"a-1.0-{tag}.whl")
        path.write_bytes(wheel_bytes(files, **options))
        wheels.append(open_wheel(path))
        findings = list(request.module.CHECK(wheels[-1]))
        assert {item.rule for item in findings} <= RULES.keys()
        return findings

    yield find
    for wheel in wheels:
        wheel.close()


@pytest.fixture
def told(found):
    """Give what `found` gives, as rules, severities, paths and texts."""

    def find(files=None, **options):
        return [
            (item.rule, item.severity, item.path, item.what)
            for item in found(files, **options)
        ]

    return find
