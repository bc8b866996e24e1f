from __future__ import annotations

from dataclasses import replace

import pytest

from ferrule.project.crate import Crate


@pytest.fixture
def crate(tmp_path):
    return Crate(
        id="pkg",
        name="my-crate",
        version="0.3.1",
        manifest_path=tmp_path / "Cargo.toml",
        targets=(),
        features=(),
    )


@pytest.fixture
def full_crate(crate):
    return replace(
        crate,
        authors=("Ann <ann@example.org>", "Ben"),
        description=" About\n  this ",
        license="MIT/Apache-2.0",
        readme="README.md",
        keywords=("one", "two"),
        homepage="https://home.example",
        repository="https://code.example",
        documentation="https://docs.example",
    )
