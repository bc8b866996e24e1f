"""The files of listed packages."""

from __future__ import annotations

import pytest

from ferrule.errors.setuptools_project import PackageFolderError
from ferrule.project.setuptools.manifest_in import list_tree, read_template
from ferrule.project.setuptools.package_files import DataRules, list_package_files
from ferrule.project.setuptools.packages import PythonCode

FILES = (
    *("src/a/__init__.py", "src/a/m.py", "src/a/m.pyi", "src/a/py.typed"),
    *("src/a/x.txt", "src/a/.hidden", "src/a/data/y.txt", "src/a/data/deep/z.txt"),
    *("src/a/data/code.py", "src/a/b/__init__.py", "src/a/b/x.txt"),
    *("src/a/_core.abi3.so", "src/a/other.so", "src/mod.py", "src/c/__init__.py"),
)


@pytest.fixture
def select(tmp_path):
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def call(manifest="", packages=("a", "a.b"), modules=(), **rules):
        (tmp_path / "MANIFEST.in").write_text(manifest)
        found = list_package_files(
            tmp_path,
            PythonCode(packages, modules, {"": "src"}),
            DataRules(**rules),
            read_template(tmp_path / "MANIFEST.in"),
            list_tree(tmp_path),
            ["a._core"],
        )
        return sorted(found.values())

    return call


BASE = ["a/__init__.py", "a/b/__init__.py", "a/m.py", "a/m.pyi", "a/py.typed"]


def test_code_and_type_information(select):
    assert select() == BASE


@pytest.mark.parametrize(
    ("data", "added"),
    [
        ({"a": ["*.txt"]}, ["a/x.txt"]),
        ({"": ["*.txt"]}, ["a/b/x.txt", "a/x.txt"]),
        ({"a": ["data/*.txt"]}, ["a/data/y.txt"]),
        ({"a": ["data/**/*.txt"]}, ["a/data/deep/z.txt", "a/data/y.txt"]),
        ({"a": ["*"]}, ["a/other.so", "a/x.txt"]),
        ({"a": [".hidden"]}, ["a/.hidden"]),
        ({"a": ["b/*.txt"]}, ["a/b/x.txt"]),
        ({"nobody": ["*"]}, []),
    ],
)
def test_package_data(select, data, added):
    assert select(package_data=data) == sorted([*BASE, *added])


def test_excluded_package_data(select):
    found = select(
        package_data={"": ["*.txt"], "a": ["data/*.txt"]},
        exclude_package_data={"a": ["x.txt"], "": ["data/*"]},
    )

    assert found == sorted([*BASE, "a/b/x.txt"])


def test_manifest_adds_data_of_packages_only(select):
    found = select("graft src\n")

    assert found == sorted(
        [
            *BASE,
            *("a/.hidden", "a/b/x.txt", "a/data/code.py", "a/data/deep/z.txt"),
            *("a/data/y.txt", "a/other.so", "a/x.txt"),
        ]
    )


def test_manifest_counts_only_where_data_is_included(select):
    assert select("graft src\n", include_package_data=False) == BASE


def test_leftovers_of_the_module_are_never_packed(select):
    assert "a/_core.abi3.so" not in select("graft src\n", package_data={"a": ["*.so"]})


def test_modules_beside_packages(select):
    assert select(packages=(), modules=("mod", "absent")) == ["mod.py"]


def test_a_package_without_folder_is_an_error(select):
    with pytest.raises(PackageFolderError) as caught:
        select(packages=("nowhere",))

    assert "the package nowhere is listed, but there is no folder" in str(caught.value)
    assert "fix: correct `packages` or `package-dir`" in str(caught.value)
