import re
from pathlib import Path

from ferrule.doctor.catalogue import FINDINGS, SECTIONS

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCE = REPOSITORY / "src" / "ferrule"


def test_every_finding_that_is_made_is_known_and_every_known_one_is_made():
    files = [*SOURCE.glob("doctor/*.py"), *SOURCE.glob("pipeline/machine/*checkup.py")]
    made = {
        name
        for path in files
        for name in re.findall(r'\bFinding\(\s*"([a-z0-9-]+)"', path.read_text())
    }
    assert made == set(FINDINGS)


def test_every_section_is_in_the_order_of_the_page():
    assert {section for section, _ in FINDINGS.values()} == set(SECTIONS)


def test_documentation_lists_every_finding():
    text = (REPOSITORY / "docs" / "doctor.md").read_text().partition("## Findings")[2]
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", text, flags=re.MULTILINE)
    assert rows == [(name, meaning) for name, (_, meaning) in FINDINGS.items()]
