from __future__ import annotations

import pytest

from ferrule.audit.finding import Finding
from ferrule.audit.ignoring import IgnoreList, parse_ignore_list
from ferrule.errors.check import UnknownRuleError


def finding(rule, path=""):
    return Finding(rule, "note", path, "what")


def test_rules_and_places():
    ignored = parse_ignore_list(["no-license", "debug-info: pkg/*.so"], "here")
    assert ignored.covers(finding("no-license"))
    assert ignored.covers(finding("debug-info", "pkg/sub/x.so"))
    assert not ignored.covers(finding("debug-info", "x.so"))
    assert not ignored.covers(finding("bytecode", "pkg/x.so"))


def test_nothing_is_ignored_by_default():
    assert not IgnoreList().covers(finding("no-license"))


def test_joined():
    first = parse_ignore_list(["bytecode", "signature:a"], "")
    second = parse_ignore_list(["no-license", "signature:b"], "")
    both = first.joined(second)
    assert both.rules == {"bytecode", "no-license"}
    assert both.places == (("signature", "a"), ("signature", "b"))


@pytest.mark.parametrize("word", ["no-licence", "no-licence:a/*"])
def test_unknown_rules(word):
    with pytest.raises(UnknownRuleError) as caught:
        parse_ignore_list([word], "--ignore")
    assert str(caught.value) == (
        "--ignore: there is no rule 'no-licence' (did you mean \"no-license\"?)\n"
        "  fix: `ferrule check --rules` lists them"
    )
