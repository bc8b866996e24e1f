"""The index of defects names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
INDEX = TESTS.parent / "docs" / "compatibility-defects.md"
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def rows() -> list[str]:
    lines = INDEX.read_text(encoding="utf-8").splitlines()
    heads = ("| what happens there ", "|---")
    return [line for line in lines if line[:1] == "|" and not line.startswith(heads)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2:40].strip())
def test_every_defect_is_guarded_by_a_test(row) -> None:
    found = NAMED.findall(row)
    assert found, "no test is named"
    for path, name in found:
        text = (TESTS / path).read_text(encoding="utf-8")
        assert re.search(rf"(?m)^def {name}\(", text), f"{path} has no {name}"


def test_the_index_is_read() -> None:
    assert len(rows()) > 40
