"""The environment of the tests that make source distributions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ferrule import log


@pytest.fixture(autouse=True)
def own_target_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "target"))
    monkeypatch.setenv("CARGO_NET_OFFLINE", "true")


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    found: list[str] = []

    def sink(kind: log.Kind, message: str) -> None:
        if kind == "warning":
            found.append(message)

    with log.sink_to(sink):
        yield found
