"""Dependency groups (PEP 735)."""

from __future__ import annotations

from typing import Any

import pytest

from ferrule.errors.pgo import DependencyGroupError
from ferrule.project.dependency_groups import group_requirements


def project(**groups: Any) -> dict[str, Any]:
    return {"dependency-groups": groups}


def test_included_groups_are_expanded_once() -> None:
    test = ["pytest", {"include-group": "Base_Tools"}, "rich"]
    table = {"dependency-groups": {"base-tools": ["rich>=1", "rich"], "test": test}}
    assert group_requirements(table, "Test") == ["pytest", "rich>=1", "rich"]


@pytest.mark.parametrize(
    ("groups", "name", "message"),
    [
        (
            {"dev": []},
            "de",
            'the dependency group "de" does not exist (did you mean "dev"?)',
        ),
        ({}, "dev", "[dependency-groups] has no group"),
        ({"a": [{"include-group": "a"}]}, "a", 'group "a" includes itself'),
        ({"a": [3]}, "a", 'group "a" holds 3'),
    ],
)
def test_wrong_groups_are_explained(
    groups: dict[str, Any], name: str, message: str
) -> None:
    with pytest.raises(DependencyGroupError) as caught:
        group_requirements(project(**groups), name)
    assert message in str(caught.value)
