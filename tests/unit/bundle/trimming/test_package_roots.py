"""Roots that packages are the reason for."""

from __future__ import annotations

import pytest

from ferrule.bundle.packages import Package, PackageFile
from ferrule.bundle.trimming.package_roots import (
    loose_facts,
    package_roots,
    path_file_texts,
    plugin_modules,
    requested_names,
)


@pytest.fixture
def make_package(tmp_path):
    def make(name: str, files: dict[str, str]) -> Package:
        found = []
        for path, text in files.items():
            place = tmp_path / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            found.append(PackageFile("packages", path, place))
        return Package(name, "1", "", tuple(found))

    return make


def names(packages, **options) -> list[str]:
    known = {item.module for package in packages for item in package.files} - {""}
    known |= {name.rpartition(".")[0] for name in known} - {""}
    wanted = {"project": "", "requested": frozenset(), **options}
    return [root.name for root in package_roots(packages, known, **wanted)]


def test_what_was_asked_for_and_not_what_it_needs(make_package):
    metadata = (
        "Metadata-Version: 2.1\nRequires-Dist: B_2>=1\n"
        "Requires-Dist: c; extra == 'x'\n\nRequires-Dist: d\n"
    )
    packages = [
        make_package("a", {"a.py": "", "a-1.dist-info/METADATA": metadata}),
        make_package("b-2", {"b/__init__.py": "", "b/part.py": ""}),
        make_package("c", {"c.py": ""}),
    ]
    assert names(packages) == ["a", "c"]
    assert names(packages, requested={"b-2"}) == ["a", "b", "c"]


def test_the_projects_own_package_is_whole(make_package):
    package = make_package("own", {"own/__init__.py": "", "own/deep/x.py": ""})
    assert names([package], project="Own") == ["own", "own.deep.x"]


def test_folders_of_packages(make_package):
    package = make_package("ns", {"ns/one/__init__.py": "", "ns/one/x.py": ""})
    assert names([package]) == ["ns.one"]


def test_entry_points(make_package):
    text = (
        "[console_scripts]\ntool = a.cli:main\n"
        "[some.group]\nx = a.plugin:Plugin [extra]\n"
    )
    package = make_package("a", {"a-1.dist-info/entry_points.txt": text})
    assert plugin_modules([package]) == {"a.plugin": "some.group"}


def test_path_files(make_package):
    package = make_package("a", {"a.pth": "folder\nimport a; a.go()\n", "b/c.pth": ""})
    assert list(path_file_texts([package])) == [("a.pth", "import a; a.go()")]


def test_requested_names():
    texts = ["Foo.Bar>=1", "baz [x] ; python_version > '3'", "--hash=x", "# a", ""]
    assert requested_names(texts) == {"foo-bar", "baz"}


def test_pieces_of_python():
    facts = loose_facts(
        "from a.b import c, d as e\nimport f.g, h; x {\n__import__('i')"
    )
    rows = [(item.name, item.names) for item in facts.imports]
    assert rows == [("a.b", ("c", "d")), ("f.g", ()), ("h", ()), ("i", ())]
