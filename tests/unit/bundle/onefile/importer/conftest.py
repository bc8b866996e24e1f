"""Programs with a payload behind them, for the tests of what runs inside them."""

from __future__ import annotations

import pytest

from tests.unit.bundle.onefile.payload_programs import make_program


@pytest.fixture
def make(tmp_path):
    def make(files=None, **given):
        return make_program(tmp_path / "app", files, **given)

    return make
