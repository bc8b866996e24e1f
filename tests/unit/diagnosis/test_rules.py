from __future__ import annotations

import pytest

from ferrule.diagnosis import diagnose
from ferrule.diagnosis.rules import all_rules, find_rule

EXAMPLES = [
    pytest.param(rule.id, example, id=f"{rule.id}-{number}")
    for rule in all_rules()
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("identifier", "example"), EXAMPLES)
def test_examples_are_recognised_as_their_own_failure_only(identifier, example):
    assert [item.id for item in diagnose(example)] == [identifier]


@pytest.mark.parametrize(("identifier", "example"), EXAMPLES)
def test_each_answer_is_complete(identifier, example):
    (item,) = diagnose(example)
    assert item.title
    assert not item.title.endswith(".")
    assert item.meaning.endswith((".", ")"))
    assert "  " not in item.meaning
    assert item.seen
    assert item.fixes
    assert all(fix.line.strip() for fix in item.fixes)


def test_ids_and_titles_are_unique():
    rules = all_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert len({rule.title for rule in rules}) == len(rules)


def test_rules_yield_to_rules_that_exist():
    for rule in all_rules():
        for other in rule.yields_to:
            assert find_rule(other) is not None, (rule.id, other)
            assert other != rule.id


def test_an_unknown_id_is_no_rule():
    assert find_rule("nothing") is None
