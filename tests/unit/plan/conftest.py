from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.graph import FeatureSelection, Graph, Pyo3Use
from ferrule.project.crate import Crate, CrateTarget


def make_pyo3_use(*features, dependency="pyo3"):
    return Pyo3Use(
        "0.30.1",
        frozenset(features),
        configured_by_build_config=False,
        runs_python=False,
        dependency=dependency,
    )


@pytest.fixture
def pyo3_use():
    return make_pyo3_use


@pytest.fixture
def make_graph():
    """Return a function that makes the graph of one crate.

    `library` is the library's crate types, `binaries` maps names to required
    features.
    """

    def make(*, library=(), binaries=None, features=(), wanted=(), pyo3=None):
        targets = [
            CrateTarget(name, ("bin",), Path(f"/p/src/{name}.rs"), tuple(needs))
            for name, needs in (binaries or {}).items()
        ]
        if library:
            targets.append(CrateTarget("core", tuple(library), Path("/p/src/lib.rs")))
        crate = Crate("id", "demo", "1.0", Path("/p/Cargo.toml"), tuple(targets), ())
        return Graph(
            workspace_root=Path("/p"),
            target_directory=Path("/p/target"),
            crates=(crate,),
            root=crate,
            pyo3=pyo3,
            features=frozenset(features),
            selection=FeatureSelection(tuple(wanted)),
        )

    return make
