from __future__ import annotations

import re
from pathlib import Path

import ferrule
from ferrule.audit.rules import RULES, render_rules

PAGE = Path(__file__).parents[3] / "docs" / "check.md"
SOURCES = sorted(Path(ferrule.__file__).parent.rglob("*.py"))


def test_ids_and_texts():
    for rule, info in RULES.items():
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule)
        assert info.title
        assert not info.title.endswith(".")
        assert info.why.endswith(".")
        assert "|" not in info.title + info.why


def test_every_rule_that_is_used_is_listed():
    used = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if "ferrule.audit.finding import" in text:
            used |= set(re.findall(r'\bFinding\(\s*"([a-z0-9-]+)"', text))
    assert len(used) > 30
    assert used <= RULES.keys()


def test_every_rule_that_is_listed_is_used():
    texts = [
        path.read_text(encoding="utf-8") for path in SOURCES if path.name != "rules.py"
    ]
    unused = [rule for rule in RULES if not any(f'"{rule}"' in text for text in texts)]
    assert unused == []


def test_the_page_is_in_step():
    page = PAGE.read_text(encoding="utf-8")
    assert render_rules(page) == page
    assert all(f"| `{rule}` |" in page for rule in RULES)
