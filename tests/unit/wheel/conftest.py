"""Fixtures of the wheel tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def project(tmp_path):
    """Give a function that fills and returns a project folder."""
    root = tmp_path / "project"
    root.mkdir()

    def make(*files, **texts):
        for name in files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts.get(name, ""))
        return root

    return make
