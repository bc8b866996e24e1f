"""The packages that one crate is compiled from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ferrule.cargo.components import read_components, reduce_components

DEFAULT = "registry+https://example.org/index"
OTHER = "registry+https://other.example.org/index"


def package(name: str, source: str | None, *needs: str, kind: str = "lib") -> Any:
    registry = "https://other.example.org/index" if source == OTHER else None
    return {
        "id": name,
        "name": name,
        "version": "1.0.0",
        "source": source,
        "license": "MIT",
        "targets": [{"kind": [kind]}],
        "dependencies": [
            {"name": item, "source": DEFAULT, "registry": registry} for item in needs
        ],
    }


def node(name: str, **needs: str | None) -> Any:
    return {
        "id": name,
        "deps": [
            {"pkg": item, "dep_kinds": [{"kind": kind}]} for item, kind in needs.items()
        ],
    }


def test_packages_with_their_part_in_the_product(tmp_path: Path) -> None:
    lock = tmp_path / "Cargo.lock"
    entry = f'name = "itoa"\nversion = "1.0.0"\nsource = "{DEFAULT}"\nchecksum = "ab"\n'
    lock.write_text(f"[[package]]\n{entry}")
    metadata = {
        "packages": [
            package("root", None, "itoa"),
            package("cc", DEFAULT),
            package("derive", DEFAULT, kind="proc-macro"),
            package("itoa", DEFAULT),
            package("private", OTHER),
            package("quote", DEFAULT),
            package("unused", DEFAULT),
        ],
        "resolve": {
            "nodes": [
                node("root", itoa=None, cc="build", derive=None, private=None),
                node("derive", quote=None),
                node("quote", unused="dev"),
                node("private"),
                node("itoa"),
                node("cc"),
            ]
        },
    }
    reached = ["root", "itoa", "cc", "derive", "private", "quote"]
    rows = reduce_components(metadata, "root", reached, lock)
    found = {item.name: item for item in read_components(rows)}

    assert list(found) == ["root", "cc", "derive", "itoa", "private", "quote"]
    assert found["itoa"].checksum == "ab"
    assert [found[name].source for name in ("root", "itoa", "private")] == [
        None,
        "registry",
        OTHER,
    ]
    linked = {name for name, item in found.items() if item.is_linked}
    assert linked == {"root", "itoa", "private"}
    assert found["root"].needs == (1, 2, 3, 4)
    assert found["quote"].needs == ()
