from __future__ import annotations

from ferrule.migrate.simplify import Known, ask_project, leave_out_defaults

EXTENSION = "pyo3/extension-module"
TABLE = {
    "bindings": "pyo3",
    "manifest-path": "./rust/Cargo.toml",
    "strip": False,
    "exclude": [],
    "features": [EXTENSION, "fast", {"feature": EXTENSION}],
    "sdist-generator": "cargo",
    "locked": True,
}


def test_what_is_certain_goes():
    known = Known("pyo3", "rust/Cargo.toml", sets_extension_module=True)
    assert leave_out_defaults(TABLE, known) == {"features": ["fast"], "locked": True}


def test_in_doubt_everything_stays():
    assert leave_out_defaults(TABLE, Known()) == {
        key: TABLE[key] for key in ("bindings", "manifest-path", "features", "locked")
    }


def test_a_conditional_feature_stays():
    feature = {"feature": EXTENSION, "python-version": ">=3.11"}
    known = Known(sets_extension_module=True)
    assert leave_out_defaults({"features": [feature]}, known) == {"features": [feature]}


def test_a_list_that_becomes_empty_goes():
    known = Known(sets_extension_module=True)
    assert leave_out_defaults({"features": [EXTENSION]}, known) == {}


def test_nothing_is_known_about_a_broken_project(tmp_path):
    assert ask_project(tmp_path, {"PATH": ""}) == Known()
