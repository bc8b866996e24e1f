from __future__ import annotations

import pytest

from ferrule.errors.project import (
    InvalidTomlError,
    MissingManifestError,
    VirtualWorkspaceError,
)
from ferrule.project.location import locate_project

PACKAGE = '[package]\nname = "{}"\nversion = "1.0.0"\n'
CDYLIB = '[lib]\ncrate-type = ["cdylib"]\n'
PROJECT = '[project]\nname = "my-pkg"\n'


@pytest.fixture
def tree(tmp_path):
    (tmp_path / ".git").mkdir()

    def write(**files):
        for name, content in files.items():
            write_file(name, content)

    def write_file(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    write_file.root = tmp_path
    return write_file


def locate(start, manifest_path=None):
    found = locate_project(start, manifest_path=manifest_path)
    return found.root, found.pyproject_path, found.manifest_path


def test_plain_project(tree):
    pyproject = tree("pyproject.toml", PROJECT)
    manifest = tree("Cargo.toml", PACKAGE.format("a"))
    expected = (tree.root, pyproject, manifest)
    assert locate(tree.root) == expected
    assert locate_project(tree.root, manifest_path=None).pyproject == {
        "project": {"name": "my-pkg"}
    }


def test_search_goes_up_from_a_subfolder(tree):
    pyproject = tree("pyproject.toml", PROJECT)
    manifest = tree("Cargo.toml", PACKAGE.format("a"))
    lib = tree("src/deep/lib.rs", "")
    assert locate(lib.parent) == (tree.root, pyproject, manifest)


def test_search_from_the_rust_folder_finds_the_project_above(tree):
    pyproject = tree("pyproject.toml", PROJECT)
    manifest = tree("rust/Cargo.toml", PACKAGE.format("a"))
    lib = tree("rust/src/lib.rs", "")
    assert locate(lib.parent) == (tree.root, pyproject, manifest)


def test_a_crate_that_no_project_claims_stands_alone(tree):
    tree("pyproject.toml", PROJECT)
    tree("Cargo.toml", PACKAGE.format("main"))
    other = tree("examples/one/Cargo.toml", PACKAGE.format("one"))
    assert locate(other.parent) == (other.parent, None, other)


def test_files_that_configure_only_linters_are_passed_by(tree):
    pyproject = tree("pyproject.toml", PROJECT)
    manifest = tree("Cargo.toml", PACKAGE.format("a"))
    linter = tree("tests/pyproject.toml", "[tool.ruff]\n")
    assert locate(linter.parent) == (tree.root, pyproject, manifest)


def test_a_crate_without_pyproject(tree):
    manifest = tree("Cargo.toml", PACKAGE.format("a"))
    assert locate(tree.root) == (tree.root, None, manifest)


@pytest.mark.parametrize("extra", ["python-source = 'src'", ""])
def test_src_layout_prefers_the_rust_folder(tree, extra):
    tree("pyproject.toml", f"{PROJECT}[tool.ferrule]\n{extra}\n")
    plain = tree("Cargo.toml", PACKAGE.format("a"))
    rust = tree("rust/Cargo.toml", PACKAGE.format("b"))
    assert locate(tree.root)[2] == (rust if extra else plain)
    tree("src/my_pkg/__init__.py", "")
    assert locate(tree.root)[2] == rust


@pytest.mark.parametrize("tool", ["ferrule", "maturin"])
def test_manifest_path_of_the_tables(tree, tool):
    text = f"[tool.{tool}]\nmanifest-path = 'crates/a/Cargo.toml'\n"
    tree("pyproject.toml", PROJECT + text)
    tree("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n")
    manifest = tree("crates/a/Cargo.toml", PACKAGE.format("a"))
    assert locate(tree.root)[2] == manifest
    assert locate(manifest.parent)[0] == tree.root


def test_manifest_path_of_the_table_may_be_wrong(tree):
    tree("pyproject.toml", "[tool.ferrule]\nmanifest-path = 'gone/Cargo.toml'\n")
    with pytest.raises(MissingManifestError) as caught:
        locate(tree.root)
    assert str(caught.value) == (
        "`manifest-path` in [tool.ferrule] names a Cargo.toml that does not exist\n"
        f"  looked at {tree.root}/gone/Cargo.toml\n"
        "  fix: correct `manifest-path` in [tool.ferrule]"
    )


@pytest.mark.parametrize("key", ["manifest-path = 'crates/a'", "package = 'a'"])
def test_the_first_module_stands_for_a_workspace(tree, key):
    text = f"[[tool.ferrule.modules]]\nname = 'm'\n{key}\n"
    tree("pyproject.toml", PROJECT + text)
    tree("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n")
    manifest = tree("crates/a/Cargo.toml", PACKAGE.format("a"))
    assert locate(tree.root)[2] == manifest


def test_given_manifest(tree):
    pyproject = tree("pyproject.toml", PROJECT)
    tree("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n")
    manifest = tree("crates/a/Cargo.toml", PACKAGE.format("a"))
    assert locate(tree.root, "crates/a/Cargo.toml") == (tree.root, pyproject, manifest)
    assert locate(tree.root, "crates/a") == (tree.root, pyproject, manifest)
    assert locate(manifest.parent, "Cargo.toml")[0] == tree.root


def test_given_manifest_does_not_reach_far_above_its_workspace(tree):
    tree("pyproject.toml", PROJECT)
    manifest = tree("examples/one/Cargo.toml", PACKAGE.format("one"))
    assert locate(tree.root, manifest) == (manifest.parent, None, manifest)


def test_given_manifest_is_missing(tree):
    with pytest.raises(MissingManifestError) as caught:
        locate(tree.root, "gone/Cargo.toml")
    text = str(caught.value)
    assert text.startswith("--manifest-path names a Cargo.toml that does not exist\n")
    assert f"looked at {tree.root}/gone/Cargo.toml" in text


def test_missing_manifest_names_the_places(tree):
    tree("pyproject.toml", PROJECT)
    with pytest.raises(MissingManifestError) as caught:
        locate(tree.root)
    assert str(caught.value) == (
        "no Cargo.toml was found\n"
        f"  looked at {tree.root}/Cargo.toml\n"
        f"  looked at {tree.root}/rust/Cargo.toml\n"
        "  fix: run ferrule in the project's folder, pass --manifest-path, or set "
        "`manifest-path` in [tool.ferrule]"
    )
    assert caught.value.exit_code == 3


def test_nothing_at_all(tree):
    (tree.root / "sub").mkdir()
    with pytest.raises(MissingManifestError) as caught:
        locate(tree.root / "sub")
    assert caught.value.looked_at == (
        tree.root / "sub" / "pyproject.toml",
        tree.root / "sub" / "Cargo.toml",
        tree.root,
    )


def test_invalid_toml_is_not_passed_by(tree):
    tree("pyproject.toml", "[project")
    tree("Cargo.toml", PACKAGE.format("a"))
    with pytest.raises(InvalidTomlError, match=r"pyproject\.toml:1 is not valid TOML"):
        locate(tree.root)


@pytest.mark.parametrize("given", [None, "Cargo.toml"])
def test_virtual_workspace_lists_its_cdylibs(tree, given):
    tree("pyproject.toml", PROJECT)
    text = "[workspace]\nmembers = ['crates/*']\nexclude = ['crates/x']\n"
    manifest = tree("Cargo.toml", text)
    tree("crates/a/Cargo.toml", PACKAGE.format("aa") + CDYLIB)
    tree("crates/b/Cargo.toml", PACKAGE.format("bb"))
    tree("crates/c/Cargo.toml", PACKAGE.format("cc") + CDYLIB)
    tree("crates/x/Cargo.toml", PACKAGE.format("xx") + CDYLIB)
    with pytest.raises(VirtualWorkspaceError) as caught:
        locate(tree.root, given)
    assert str(caught.value) == (
        f"{manifest} is a virtual workspace\n"
        "  a workspace without [package] has no crate of its own that could be built\n"
        '  package `aa` builds a cdylib: manifest-path = "crates/a/Cargo.toml"\n'
        '  package `cc` builds a cdylib: manifest-path = "crates/c/Cargo.toml"\n'
        '  fix: set `manifest-path = "crates/a/Cargo.toml"` in [tool.ferrule] '
        "(or to one of the others)"
    )


def test_virtual_workspace_without_any_cdylib(tree):
    tree("Cargo.toml", "[workspace]\nmembers = ['a']\n")
    tree("a/Cargo.toml", PACKAGE.format("a"))
    with pytest.raises(VirtualWorkspaceError) as caught:
        locate(tree.root)
    assert "none of its packages builds a cdylib" in str(caught.value)
    assert 'fix: add `crate-type = ["cdylib"]` to [lib]' in str(caught.value)
