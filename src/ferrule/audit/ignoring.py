"""The ignore list of `ferrule check`: rules, everywhere or for some files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ferrule.audit.rules import RULES
from ferrule.errors.check import UnknownRuleError
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding

__all__ = ["IgnoreList", "parse_ignore_list"]


@dataclass(frozen=True)
class IgnoreList:
    """What is not to be reported."""

    rules: frozenset[str] = frozenset()
    """Rules that are ignored everywhere."""
    places: tuple[tuple[str, str], ...] = ()
    """Rules with a glob of the paths where they are ignored."""

    def covers(self, finding: Finding) -> bool:
        """Return whether a finding is ignored."""
        if finding.rule in self.rules:
            return True
        if not self.places:
            return False
        from fnmatch import fnmatchcase

        return any(
            rule == finding.rule and fnmatchcase(finding.path, glob)
            for rule, glob in self.places
        )

    def joined(self, other: IgnoreList) -> IgnoreList:
        """Return what either of two lists ignores."""
        return IgnoreList(self.rules | other.rules, (*self.places, *other.places))


def parse_ignore_list(words: Iterable[str], where: str) -> IgnoreList:
    """Return the list of words `RULE` and `RULE:GLOB`.

    `where` is what errors call their place. In globs, `*` also crosses folders.
    Raises `UnknownRuleError`.

    >>> parse_ignore_list(["bytecode", "debug-info:pkg/*"], "here").places
    (('debug-info', 'pkg/*'),)
    """
    rules, places = set(), []
    for word in words:
        rule, colon, glob = (part.strip() for part in word.partition(":"))
        if rule not in RULES:
            raise UnknownRuleError(where, rule, list(RULES))
        if colon:
            places.append((rule, glob))
        else:
            rules.add(rule)
    return IgnoreList(frozenset(rules), tuple(places))
