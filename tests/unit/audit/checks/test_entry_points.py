from __future__ import annotations

import pytest

from ferrule.audit.checks.entry_points import check_entry_points

CHECK = check_entry_points
PATH = "a-1.0.dist-info/entry_points.txt"
FILES = {
    "a/__init__.py": b"from .cli import main\n",
    "a/cli.py": b"def main(): ...\n",
    "a/lazy.py": b"def __getattr__(name): ...\n",
    "a/_x.abi3.so": b"",
    "a/space/deep.py": b"",
    "a-1.0.data/platlib/b/__init__.py": b"def run(): ...\n",
    "a-1.0.data/scripts/tool": b"",
}


@pytest.fixture
def problems(told):
    def find(text):
        findings = told({**FILES, PATH: text.encode()})
        assert {item[0] for item in findings} <= {"entry-point"}
        return [(severity, what) for _, severity, _, what in findings]

    return find


def test_no_entry_points(told):
    assert told(FILES) == []


def test_good_entry_points(problems):
    assert (
        problems(
            """\
# comment
; comment
[console_scripts]
a = a.cli:main
a-2 = a:main
a3=a._x:run [extra]
b = b:run
lazy = a.lazy : anything.at.all
sub = a:cli.main

[some.group]
name with blanks = a.space.deep
package = a.space
"""
        )
        == []
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("a = a.gone:main", "the wheel has no module a.gone"),
        ("a = a.cli:mian", "a/cli.py has no mian"),
        ("a = a.cli", "a command needs MODULE:FUNCTION"),
        ("a = a-b:main", "that is no name of an object"),
        ("a = a.cli:", "that is no name of an object"),
        ("a = a/cli:main", "that is no name of an object"),
        ("../a = a.cli:main", "the command would lie in another folder"),
        ("b\\a = a.cli:main", "the command would lie in another folder"),
    ],
)
def test_entry_points_that_lead_nowhere(problems, line, what):
    expected = f"console_scripts: {line}: {what}"
    assert problems(f"[console_scripts]\n{line}\n") == [("error", expected)]


def test_modules_of_others(problems):
    what = "x: p = other.plugin:main: other.plugin is not of this wheel, which may be "
    assert problems("[x]\np = other.plugin:main") == [("warning", f"{what}meant")]


@pytest.mark.parametrize("text", ["x", "a = a:main", "[x]\n= a", "[x]\na =", "[x"])
def test_lines_that_are_none(problems, text):
    (severity, what), *_ = problems(text)
    assert severity == "error"
    number = text.count("\n") + 1
    assert what == f"line {number} is no entry point: {text.splitlines()[-1]!r}"


def test_one_name_twice(problems):
    text = "[console_scripts]\na = a:main\na = a.cli:main\n"
    assert problems(text) == [("error", "console_scripts has a twice")]
