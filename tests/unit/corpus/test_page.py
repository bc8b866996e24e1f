from __future__ import annotations

from tests.corpus.page import PAGE, render
from tests.corpus.table import read_projects
from tests.corpus.trial import Trial

EQUAL = Trial("rpds-py==1.0", "pure", "maturin 1.16.0", "0.29.3", crates=18)


def test_page_numbers_the_reasons():
    trial = Trial(
        "nh3==0.3", "abi3", "maturin 1.16.0", "0.29.2", reasons=("b says", "a says")
    )

    text = render([EQUAL, trial], "Built somewhere.")

    assert "2 of 2 projects pass. Built somewhere." in text
    assert "| rpds-py 1.0 | pure | maturin 1.16.0 | 0.29.3 | equal |" in text
    assert "| equal but for 1, 2 |" in text
    assert "1. A says.\n2. B says.\n" in text
    assert "What does not pass" not in text


def test_page_tells_what_fails():
    trial = Trial("nh3==0.3", "abi3", problems=("error: no\nmore", "differs"))

    text = render([EQUAL, trial], "")

    assert "1 of 2 projects pass." in text
    assert "| **does not pass** |" in text
    assert text.endswith("- nh3==0.3: error: no\n- nh3==0.3: differs\n")


def test_page_of_the_repository_has_every_project():
    text = PAGE.read_text(encoding="utf-8")

    rows = [f"| {item.name} {item.version} | " for item in read_projects()]
    assert [row for row in rows if row not in text] == []
