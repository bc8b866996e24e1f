from __future__ import annotations

import pytest

from ferrule.errors.cargo import UnknownPackageError
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


def test_virtual_workspace_lists_its_programs(tree):
    tree("Cargo.toml", "[workspace]\nmembers = ['a', 'b', 'c']\n")
    tree("a/Cargo.toml", PACKAGE.format("aa") + CDYLIB)
    tree("b/Cargo.toml", PACKAGE.format("bb"))
    tree("b/src/main.rs", "fn main() {}")
    tree("c/Cargo.toml", PACKAGE.format("cc") + "[[bin]]\nname = 'x'\n")
    with pytest.raises(VirtualWorkspaceError) as caught:
        locate(tree.root)
    text = str(caught.value)
    assert "  package `bb` has a program\n  package `cc` has a program\n" in text
    assert text.endswith("; to bundle or run a program, name its package: -p bb")


def workspace(tree):
    tree("Cargo.toml", '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/no"]\n')
    needs = '[dependencies]\nhidden = { path = "../../hidden" }\n'
    needs += "[target.'cfg(unix)'.dependencies]\nabove = { path = '../../../above' }\n"
    return {
        name: tree(f"{place}/Cargo.toml", PACKAGE.format(name) + more)
        for name, place, more in (
            ("one", "crates/one", needs),
            ("two", "crates/two", ""),
            ("no", "crates/no", ""),
            ("hidden", "hidden", ""),
        )
    }


def test_package_of_a_workspace(tree):
    manifests = workspace(tree)
    pyproject = tree("pyproject.toml", PROJECT)
    own = tree("crates/two/pyproject.toml", PROJECT)
    start = tree("crates/one/src/lib.rs", "").parent
    for package, folder, file in (
        ("one", tree.root, pyproject),
        ("two", own.parent, own),
        # A path dependency below the root is a member without being listed.
        ("hidden", tree.root, pyproject),
    ):
        for place in (tree.root, start):
            found = locate_project(place, manifest_path=None, package=package)
            assert found.manifest_path == manifests[package]
            assert (found.root, found.pyproject_path) == (folder, file)
    by_manifest = locate_project(
        tree.root.parent, manifest_path=tree.root / "Cargo.toml", package="two"
    )
    assert by_manifest.root == own.parent


def test_package_beside_a_rust_folder(tree):
    tree("pyproject.toml", PROJECT)
    tree("rust/Cargo.toml", '[workspace]\nmembers = ["py"]\n' + PACKAGE.format("top"))
    manifest = tree("rust/py/Cargo.toml", PACKAGE.format("py"))
    found = locate_project(tree.root, manifest_path=None, package="py")
    assert (found.root, found.manifest_path) == (tree.root, manifest)
    found = locate_project(tree.root, manifest_path=None, package="top")
    assert found.manifest_path == tree.root / "rust/Cargo.toml"


def test_unknown_package(tree):
    workspace(tree)
    with pytest.raises(UnknownPackageError) as error:
        locate_project(tree.root, manifest_path=None, package="no")
    assert str(error.value) == (
        "no package `no` in this workspace\n"
        "  packages found: hidden, one, two\n"
        "  fix: correct `package` in [tool.ferrule] or `--package`, or give "
        "`manifest-path`"
    )
    alone = tree("elsewhere/.git/x", "").parents[1]
    with pytest.raises(MissingManifestError):
        locate_project(alone, manifest_path=None, package="no")


@pytest.mark.parametrize("table", ["", '[tool.ferrule]\npackage = "{}"\n'])
def test_settings_choose_the_crate(tree, table):
    manifests = workspace(tree)
    pyproject = tree("pyproject.toml", PROJECT + table.format("one"))
    # Unlike an option, a setting belongs to this pyproject.toml.
    tree("crates/two/pyproject.toml", PROJECT)
    for chosen in ({"package": "two"}, {"manifest-path": "crates/two"}):
        if table and "package" not in chosen:
            continue
        found = locate_project(tree.root, manifest_path=None, chosen=chosen)
        assert found.manifest_path == manifests["two"]
        assert found.pyproject_path == pyproject
    if table:
        found = locate_project(tree.root, manifest_path=None)
        assert found.manifest_path == manifests["one"]
    chosen = {"manifest-path": "none/Cargo.toml"}
    with pytest.raises(MissingManifestError) as error:
        locate_project(tree.root, manifest_path=None, chosen=chosen)
    assert "the setting `manifest-path`" in str(error.value)


def test_a_setting_without_pyproject(tree):
    manifests = workspace(tree)
    found = locate_project(tree.root, manifest_path=None, chosen={"package": "one"})
    assert (found.root, found.pyproject_path) == (tree.root, None)
    assert found.manifest_path == manifests["one"]


def test_a_setup_py_alone_is_a_project(tree):
    tree("crate/Cargo.toml", PACKAGE.format("x") + CDYLIB)
    tree("pkg/__init__.py", "")
    setup = tree(
        "setup.py",
        "from setuptools import setup\n"
        "from setuptools_rust import RustExtension\n"
        'extension = RustExtension("pkg._x", path="crate/Cargo.toml")\n'
        'setup(name="p", version="1", packages=["pkg"], rust_extensions=[extension])\n',
    )
    found = locate_project(tree.root, manifest_path=None)
    assert found.manifest_path == tree.root / "crate/Cargo.toml"
    assert found.pyproject["project"]["name"] == "p"
    assert found.pyproject["tool"]["ferrule"]["module-name"] == "pkg._x"
    setup.write_text("from setuptools import setup\nsetup()\n")
    with pytest.raises(MissingManifestError):
        locate_project(tree.root, manifest_path=None)
