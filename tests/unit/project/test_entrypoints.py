from __future__ import annotations

import pytest

from ferrule.errors.project import EntryPointError
from ferrule.project.entrypoints import read_entry_points, read_scripts
from ferrule.project.table import Findings, ProjectTable


def scripts(table):
    findings = Findings()
    found = read_scripts(ProjectTable({"scripts": table}, findings), "scripts")
    findings.raise_errors()
    return found


def groups(table):
    findings = Findings()
    found = read_entry_points(ProjectTable({"entry-points": table}, findings))
    findings.raise_errors()
    return found


def test_scripts_are_sorted():
    table = {"b": "m:f", "a": "m.n:C.f [x, y]"}
    assert scripts(table) == (("a", "m.n:C.f [x, y]"), ("b", "m:f"))


def test_groups_are_sorted():
    table = {"z": {"n": "m"}, "a-b.c": {"two words": "m : o"}}
    expected = (("a-b.c", (("two words", "m : o"),)), ("z", (("n", "m"),)))
    assert groups(table) == expected


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("s", "module", "a script needs a function: `module:function`"),
        ("s", "my-module:f", '"my-module" is not the name of a module'),
        ("s", "m:f()", '"f()" is not the name of an object in `m`'),
        ("s", "m:", '"" is not the name of an object in `m`'),
        ("s", "m:f [x", "the list of extras is not closed"),
        ("a/b", "m:f", "a script is a file name: separators are not allowed"),
        ("a=b", "m:f", "a name may not contain `=` or line ends"),
        (" a", "m:f", "a name is not empty"),
    ],
)
def test_bad_scripts(name, value, reason):
    with pytest.raises(EntryPointError) as caught:
        scripts({name: value})
    text = str(caught.value)
    assert text.startswith(f'project.scripts has `{name} = "{value}"`\n  {reason}')
    assert 'fix: write for example `name = "package.module:function"`' in text


def test_reserved_group():
    with pytest.raises(EntryPointError) as caught:
        groups({"console_scripts": {"a": "m:f"}})
    assert "this group has a key of its own in [project]" in str(caught.value)
    assert "fix: move its entries to [project.scripts]" in str(caught.value)


def test_bad_group_and_entry():
    with pytest.raises(EntryPointError, match="a group is named with letters"):
        groups({"a]b": {}})
    with pytest.raises(EntryPointError, match=r"project\.entry-points\.g has `n = "):
        groups({"g": {"n": "1"}})
