from __future__ import annotations

import pytest

from ferrule.settings.conditions import Condition, find_match


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (Condition(), {}, True),
        (Condition(platform=("linux",)), {}, True),
        (Condition(platform=("win32", "darwin")), {}, False),
        (Condition(platform=("freebsd",)), {"platform": "freebsd14"}, True),
        (Condition(machine=("AMD64",)), {}, True),
        (Condition(machine=("arm64",)), {"machine": "aarch64"}, True),
        (Condition(machine=("aarch64",)), {}, False),
        (Condition(python_version=">=3.11"), {}, True),
        (Condition(python_version=">=3.12"), {}, False),
        (Condition(python_version=">=3.0"), {"python_version": None}, False),
        (Condition(implementation=("cpython",)), {}, True),
        (Condition(implementation=("graalpy",)), {"implementation": "GraalVM"}, True),
        (Condition(implementation=("pypy",)), {"implementation": None}, False),
        (Condition(state=("wheel", "editable")), {}, True),
        (Condition(state=("sdist",)), {}, False),
        (Condition(from_sdist=False), {}, True),
        (Condition(from_sdist=True), {}, False),
        (Condition(env={"CI": True}), {"env": {"CI": "1"}}, True),
        (Condition(env={"CI": True}), {"env": {"CI": "False"}}, False),
        (Condition(env={"CI": True}), {}, False),
        (Condition(env={"CI": False}), {}, True),
        (Condition(env={"CI": False}), {"env": {"CI": ""}}, True),
        (Condition(env={"CI": False}), {"env": {"CI": "yes"}}, False),
        (Condition(env={"A": "x|y.*"}), {"env": {"A": "yes"}}, True),
        (Condition(env={"A": "x|y"}), {"env": {"A": "yes"}}, False),
        (Condition(env={"A": ".*"}), {}, False),
        (Condition(platform=("linux",), from_sdist=True), {}, False),
    ],
)
def test_conditions_hold_or_not(conditions, condition, facts, expected):
    assert (find_match(condition, conditions(**facts)) is not None) is expected


def test_reasons_show_the_values_seen(conditions):
    condition = Condition(
        env={"CI": True, "NO": False, "A": "."}, implementation=("cpython",)
    )
    assert find_match(condition, conditions(env={"CI": "1", "A": "x"})) == (
        "implementation = cpython",
        "env.CI is set",
        "env.NO is not set",
        "env.A = x",
    )
