"""The pages of failures, and docs/explain.md, which is made from them.

Run with FERRULE_WRITE_DOCS=1 after a change of the rules: that writes the page.
"""

from __future__ import annotations

import os
from pathlib import Path

from ferrule.diagnosis.pages import documentation, page_data, page_lines
from ferrule.diagnosis.rules import all_rules, find_rule

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explain.md"


def test_the_documentation_lists_the_rules_as_they_are():
    if os.environ.get("FERRULE_WRITE_DOCS"):
        PAGE.write_text(documentation(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == documentation(), (
        "run this test with FERRULE_WRITE_DOCS=1"
    )


def test_each_rule_has_a_page_with_fixes():
    for rule in all_rules():
        text = "\n".join(page_lines(rule))
        assert rule.id in text
        assert "what ends it" in text, rule.id
        assert page_data(rule)["fixes"], rule.id


def test_a_page_has_the_cases_that_differ():
    rule = find_rule("undefined-python-symbols")
    assert rule is not None
    cases = {item["case"] for item in page_data(rule)["fixes"]}
    assert "Symbols of Python are missing in the import library" in cases


def test_no_line_of_prose_is_too_long():
    for rule in all_rules():
        prose = page_lines(rule)[3:]
        assert all(len(line) <= 88 for line in prose[: prose.index("")])
