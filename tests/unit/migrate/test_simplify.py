from __future__ import annotations

import pytest

from ferrule.migrate.simplify import (
    Known,
    ask_project,
    found_manifest,
    leave_out_defaults,
    name_readme,
)

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


def test_the_manifest_that_is_found_without_being_named(tmp_path):
    pyproject = {"tool": {"maturin": {"manifest-path": "sub/Cargo.toml"}, "x": 1}}
    assert found_manifest(tmp_path, pyproject) is None
    (tmp_path / "Cargo.toml").write_text("[package]\n")
    assert found_manifest(tmp_path, pyproject) == "Cargo.toml"


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ({"text": "# x\n", "content-type": "text/markdown"}, "README.md"),
        ({"file": "README.md", "content-type": "text/markdown"}, "README.md"),
        (
            {"text": "# x\n", "content-type": "text/x-rst"},
            {"file": "README.md", "content-type": "text/x-rst"},
        ),
        ({"text": "# y\n", "content-type": "text/markdown"}, None),
        ("README.md", None),
    ],
    ids=str,
)
def test_a_readme_is_named_where_its_text_is_meant(tmp_path, readme, expected):
    (tmp_path / "README.md").write_bytes(b"# x\r\n")
    (tmp_path / "README").write_bytes(b"\xff")
    named = name_readme(tmp_path, {"name": "x", "readme": readme})
    assert named == {"name": "x", "readme": expected or readme}
