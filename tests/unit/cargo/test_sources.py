"""Which folder belongs to which package of a program."""

from __future__ import annotations

from pathlib import Path

from ferrule.cargo import sources as module
from ferrule.cargo.components import Component
from ferrule.cargo.sources import find_sources

REGISTRY = "registry+https://example.org/index"


def package(name, version, source, folder, **more):
    manifest = str(Path(folder, "Cargo.toml"))
    return {
        "name": name,
        "version": version,
        "source": source,
        "manifest_path": manifest,
        "license_file": None,
        **more,
    }


def test_packages_of_every_source(monkeypatch):
    asked = []

    def answer(manifest, arguments, *, env):
        asked.append((manifest, arguments))
        return {
            "packages": [
                package("app", "1.0", None, "/work/app"),
                package("pyo3", "0.26.0", "git+https://g/p#1", "/git/pyo3"),
                package("pyo3", "0.26.0", REGISTRY, "/reg/pyo3", license_file="L"),
                package("serde", "1.0", REGISTRY, "/reg/serde"),
            ]
        }

    monkeypatch.setattr(module, "cargo_metadata", answer)
    components = [
        Component("app", "1.0", None, None, None, True, (1,)),
        Component("pyo3", "0.26.0", "registry", "MIT", None, True, ()),
        Component("serde", "1.0", "registry", "MIT", None, False, ()),
        Component("gone", "1.0", "registry", "MIT", None, True, ()),
    ]
    found = find_sources(Path("/work/app/Cargo.toml"), components, "x-y-z", {})
    rows = [(item.component.name, item.folder.as_posix()) for item in found]
    assert rows == [
        ("app", "/work/app"),
        ("pyo3", "/reg/pyo3"),
        ("serde", "/reg/serde"),
    ]
    assert [item.uses_python for item in found] == [True, True, False]
    assert [item.is_local for item in found] == [True, False, False]
    assert found[1].license_file == "L"
    assert "--offline" in asked[0][1]
    assert "--filter-platform=x-y-z" in asked[0][1]
