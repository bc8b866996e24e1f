"""The licences of everything in a bundle."""

from __future__ import annotations

import pytest

from ferrule.bundle import licenses
from ferrule.bundle.licenses import (
    Licensed,
    crate_licenses,
    known_license,
    library_licenses,
    license_tree,
    package_licenses,
    python_licenses,
    rust_licenses,
)
from ferrule.bundle.packages import Package, PackageFile
from ferrule.cargo.components import Component
from ferrule.cargo.sources import CrateSource
from ferrule.repair.owners import Owner


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("libssl.so.3", "Apache-2.0"),
        ("libcrypto.so.1.1", "OpenSSL"),
        ("libcrypto.so.10", "OpenSSL"),
        ("libssl.a", "Apache-2.0"),
        ("libsqlite3.so.0", "blessing"),
        ("libz.a", "Zlib"),
        ("libbz2.so.1.0", "bzip2-1.0.6"),
        ("libtcl8.6.so", "TCL"),
        ("libgdbm.so.6", "GPL-3.0-or-later"),
        ("libstdc++.so.6", "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("libunheard.so.1", ""),
    ],
)
def test_known_libraries(name, expression):
    assert known_license(name) == expression


def texts(item: Licensed) -> list[str]:
    return [name for name, _ in item.texts]


def make_package(folder, names, metadata="") -> Package:
    info = "a-1.dist-info"
    files = []
    for name in [*names, "METADATA"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Metadata-Version: 2.4\n{metadata}\nLicense-File: no\n")
        files.append(PackageFile("packages", f"{info}/{name}", path))
    files.append(PackageFile("packages", "a/LICENSE.py", folder / "METADATA"))
    return Package("a", "1", "", tuple(files), "MIT")


def test_packages_of_every_age(tmp_path):
    names = ["licenses/LICENSE", "licenses/src/x/COPYING.md", "WHEEL", "top_level.txt"]
    item = package_licenses(make_package(tmp_path / "new", names))
    assert texts(item) == ["LICENSE", "src/x/COPYING.md"]
    names = ["LICENSE.txt", "NOTICE", "terms.txt", "WHEEL", "entry_points.txt"]
    item = package_licenses(make_package(tmp_path, names, "License-File: terms.txt\n"))
    assert texts(item) == ["LICENSE.txt", "NOTICE", "terms.txt"]
    assert item.folder == "packages/a-1"


def make_crate(folder, *, license_file="", source="registry", is_linked=True):
    component = Component("x", "1.0.0+a b", source, "MIT", None, is_linked, ())
    return CrateSource(component, folder, license_file, is_linked, uses_python=False)


def test_crates(tmp_path):
    for name in ("LICENSE-MIT", "license.rs", "README.md", "LICENSES/X.txt", "terms"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    (item,) = crate_licenses([make_crate(tmp_path, license_file="terms")])
    assert texts(item) == ["LICENSE-MIT", "LICENSES/X.txt", "terms"]
    assert item.folder == "crates/x-1.0.0+a_b"
    assert list(crate_licenses([make_crate(tmp_path, is_linked=False)])) == []


def test_crates_of_a_workspace_have_its_licence(tmp_path):
    inner = tmp_path / "crates" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "LICENSE").write_text("")
    (item,) = crate_licenses([make_crate(inner, source=None)])
    assert texts(item) == []
    (tmp_path / "Cargo.toml").write_text("")
    (item,) = crate_licenses([make_crate(inner, source=None)])
    assert texts(item) == ["LICENSE"]
    (item,) = crate_licenses([make_crate(inner)])
    assert texts(item) == []


def test_libraries_of_one_package_are_one(tmp_path, monkeypatch):
    monkeypatch.setattr(licenses, "_DOCUMENTS", tmp_path)
    (tmp_path / "libssl3").mkdir()
    (tmp_path / "libssl3" / "copyright").write_text("")
    owner = Owner("deb", "debian", "12", "libssl3", "3.0", "amd64")
    first, second, other = (tmp_path / name for name in "abc")
    found = list(
        library_licenses(
            [("libssl.so.3", first), ("libcrypto.so.3", second), ("libz.so.1", other)],
            {first: owner, second: owner},
        )
    )
    assert [(item.name, item.version, texts(item)) for item in found] == [
        ("libssl3", "3.0", ["copyright"]),
        ("libz.so.1", "", []),
    ]
    assert found[1].expression == "Zlib"


def test_python_and_rust(tmp_path, make_interpreter):
    library = tmp_path / "lib"
    library.mkdir()
    (library / "LICENSE.txt").write_text("PSF")
    python = make_interpreter(install_paths=(("stdlib", str(library)),))
    assert texts(python_licenses(python)) == ["LICENSE.txt"]
    folder = tmp_path / "share" / "doc" / "rust" / "licenses"
    folder.mkdir(parents=True)
    (folder / "MIT.txt").write_text("")
    (folder.parent / "COPYRIGHT").write_text("")
    assert texts(rust_licenses(tmp_path, "1.95.0")) == ["COPYRIGHT", "MIT.txt"]


def test_the_tree_and_its_index(tmp_path):
    path = tmp_path / "x"
    path.write_text("text")
    parts = [
        Licensed("packages", "b", "2", "", (("LICENSE", path),)),
        Licensed("crates", "a", "1", "MIT", ()),
    ]
    files = license_tree(parts)
    assert files == license_tree(parts[::-1])
    index, text = files
    assert text.path == "licenses/packages/b-2/LICENSE"
    assert index.content.decode() == (
        "a 1\n  MIT\n  no text found\n"
        "b 2\n  no licence named\n  packages/b-2/: LICENSE\n"
    )
