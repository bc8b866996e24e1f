from __future__ import annotations

import pytest

from ferrule.cargo.graph import _pyo3_dependency


def dependency(name, rename=None, kind=None):
    return {"name": name, "rename": rename, "kind": kind}


@pytest.mark.parametrize(
    ("dependencies", "name"),
    [
        ([dependency("pyo3-ffi"), dependency("pyo3")], "pyo3"),
        ([dependency("pyo3-ffi")], "pyo3-ffi"),
        ([dependency("pyo3", rename="py")], "py"),
        ([dependency("pyo3", kind="dev"), dependency("serde")], None),
    ],
)
def test_the_name_under_which_a_crate_depends_on_pyo3(dependencies, name):
    assert _pyo3_dependency({"dependencies": dependencies}) == name
