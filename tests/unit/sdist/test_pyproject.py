"""Which table of the archive's pyproject.toml says where the crate is."""

from __future__ import annotations

from typing import Any

import pytest

from ferrule.sdist.pyproject import _own_table


@pytest.mark.parametrize(
    ("tables", "backend", "expected"),
    [
        ([], "maturin", "maturin"),
        ([], "ferrule.backend", "ferrule"),
        ([], None, "ferrule"),
        (["maturin"], "ferrule.backend", "maturin"),
        (["ferrule", "maturin"], "maturin", "ferrule"),
    ],
)
def test_the_backend_of_the_archive_reads_the_table(
    tables: list[str], backend: str | None, expected: str
) -> None:
    document: dict[str, Any] = {"tool": {name: {} for name in tables}}
    if backend is not None:
        document["build-system"] = {"build-backend": backend}
    _own_table(document)["manifest-path"] = "python/Cargo.toml"
    assert document["tool"][expected] == {"manifest-path": "python/Cargo.toml"}
