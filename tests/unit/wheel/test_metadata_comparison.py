from __future__ import annotations

import pytest

from ferrule.wheel.metadata_comparison import compare_metadata

BASE = "Metadata-Version: 2.4\nName: x\nVersion: 1\n"


def compare(left, right):
    return list(compare_metadata(BASE + left, BASE + right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Keywords: a,b\n", "Keywords: b a\n"),
        ("Requires-Dist: A_b>=1,<2\n", "Requires-Dist: a-b<2,>=1\n"),
        (
            "Requires-Dist: x ; extra == 'a'\nProvides-Extra: a\n",
            'Provides-Extra: a\nRequires-Dist: x; extra == "a"\n',
        ),
        (
            "Requires-Dist: x ; python_full_version < '3.12' and extra == 'a'\n",
            'Requires-Dist: x; extra == "a" and python_version <= "3.11"\n',
        ),
        (
            "Requires-Dist: x ; sys_platform == 'win32'\n",
            'Requires-Dist: x; os_name == "nt"\n',
        ),
        ("Requires-Python: >=3.9, <4\n", "Requires-Python: <4,>=3.9\n"),
        ("License: a\n        b\n", "License: a\r\n\tb\n"),
        ("summary: a  b\n", "Summary: a b\n"),
        ("\nbody \n", "\n\nbody\n\n"),
    ],
)
def test_other_spellings_are_no_differences(left, right):
    assert compare(left, right) == []


@pytest.mark.parametrize(
    ("left", "right", "header"),
    [
        ("Home-page: https://x\n", "", "Home-Page"),
        ("Dynamic: license-file\n", "", "Dynamic"),
        ("Platform: UNKNOWN\n", "", "Platform"),
        ("", "License-File: LICENSE\n", "License-File"),
        ("", "Description-Content-Type: text/x-rst\n", "Description-Content-Type"),
        (
            "Description-Content-Type: text/markdown\n",
            "Description-Content-Type: text/markdown; charset=UTF-8\n",
            "Description-Content-Type",
        ),
    ],
)
def test_known_improvements_are_explained(left, right, header):
    ((name, _, _, explanation),) = compare(left, right)
    assert name == header
    assert explanation


def test_a_licence_that_moved_is_explained():
    found = compare("License: MIT\n", "License-Expression: MIT\n")
    reasons = {name: reason for name, _, _, reason in found}
    assert reasons["License"] == "the expression is in License-Expression (PEP 639)"


@pytest.mark.parametrize(
    ("left", "right", "finding"),
    [
        ("Summary: a\n", "", ("Summary", "a", None, None)),
        (
            "Requires-Dist: a\nRequires-Dist: b\n",
            "Requires-Dist: b\nRequires-Dist: c\n",
            ("Requires-Dist", "a", "c", None),
        ),
        (
            "Requires-Dist: x; python_version < '3.11'\n",
            "Requires-Dist: x; python_version <= '3.11'\n",
            (
                "Requires-Dist",
                "x; python_version < '3.11'",
                "x; python_version <= '3.11'",
                None,
            ),
        ),
        ("Home-page: a\n", "Home-page: b\n", ("Home-Page", "a", "b", None)),
        (
            "",
            "Description-Content-Type: text/markdown\n",
            ("Description-Content-Type", None, "text/markdown", None),
        ),
        ("\nab\n", "\nabc\n", ("Description", "3 characters", "4 characters", None)),
        ("Author-email: a\n", "", ("Author-email", "a", None, None)),
        ("Project-URL: a, b\n", "", ("Project-URL", "a, b", None, None)),
    ],
)
def test_other_differences_need_a_look(left, right, finding):
    assert compare(left, right) == [finding]


def test_a_requirement_that_cannot_be_read_is_compared_as_text():
    assert compare("Requires-Dist: a>>1\n", "Requires-Dist: a>>1\n") == []
