import doctest

from ferrule.starters import merging
from ferrule.starters.merging import (
    add_module,
    merge_ignore,
    merge_manifest,
    merge_pyproject,
)
from ferrule.toml import parse_toml

WANTED_MANIFEST = {
    "dependencies": {"pyo3": "0.22"},
    "features": {"extension-module": ["pyo3/extension-module"]},
}
WANTED = parse_toml("""
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"
[project]
name = "starter"
[dependency-groups]
dev = ["ferrule"]
[tool.ferrule]
module-name = "tool._core"
[tool.uv]
cache-keys = [{ file = "Cargo.toml" }]
[tool.mypy]
strict = true
""")


def test_examples_of_the_documentation_hold():
    assert doctest.testmod(merging).failed == 0


def test_a_crate_becomes_a_module_and_keeps_its_words():
    text = '[package]\nname = "tool" # mine\n\n[dependencies]\nserde = "1"\n'

    merged = merge_manifest(text, WANTED_MANIFEST)

    assert merged.startswith('[package]\nname = "tool" # mine\n')
    document = parse_toml(merged)
    assert document["lib"] == {"crate-type": ["cdylib", "rlib"]}
    assert document["dependencies"] == {"serde": "1", "pyo3": "0.22"}
    assert document["features"] == WANTED_MANIFEST["features"]


def test_a_crate_that_is_a_module_is_left_alone():
    text = '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.26"\n'

    assert merge_manifest(text, WANTED_MANIFEST) == text


def test_another_backend_is_replaced_and_tools_stay():
    text = (
        '[build-system] # mine\r\nrequires = ["hatchling"]\r\n'
        'build-backend = "hatchling.build"\r\n[project]\r\nname = "tool"\r\n'
        "[tool.mypy]\r\nstrict = false\r\n"
    )

    merged = merge_pyproject(text, WANTED)

    assert merged.startswith("[build-system] # mine\r\n")
    assert merged.count("\n") == merged.count("\r\n")
    document = parse_toml(merged)
    assert document["build-system"] == WANTED["build-system"]
    assert document["project"] == {"name": "tool"}
    assert document["tool"]["mypy"] == {"strict": False}
    for name in ("ferrule", "uv"):
        assert document["tool"][name] == WANTED["tool"][name]


def test_what_setup_py_imports_stays_required():
    wanted = {
        **WANTED,
        "build-system": {
            "requires": ["ferrule[setuptools]"],
            "build-backend": "ferrule.setuptools",
        },
    }
    requires = '["setuptools>=61", "wheel", "Cython", "setuptools-scm"]'
    text = f"[build-system]\nrequires = {requires}\n"

    document = parse_toml(merge_pyproject(text, wanted))

    assert document["build-system"] == {
        "requires": ["ferrule[setuptools]", "Cython", "setuptools-scm"],
        "build-backend": "ferrule.setuptools",
    }


def test_merging_again_changes_nothing():
    once = merge_pyproject('[project]\nname = "tool"\n', WANTED)

    assert merge_pyproject(once, WANTED) == once


def test_lines_are_appended_in_the_file_s_own_fashion():
    assert merge_ignore("a\r\nb", "/b/\n# why\nc\n") == "a\r\nb\r\nc\r\n"
    assert merge_ignore("", "a\n") == "a\n"
    assert add_module("x", "python") == "x\n\nmod python;\n"
