"""Finding the known failures in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ferrule.diagnosis.log_text import FACTS, LINE_LIMIT, clean_blocks, join_lines
from ferrule.diagnosis.model import Context, Diagnosis, Fix, Rule, Seen, Sign

__all__ = ["diagnose", "explain_import"]

_HITS = 300
"""So many lines of one sign are looked at; more of them tell nothing new."""
_JOINED = 300_000
"""So many characters of a log are looked through for broken lines: its last ones."""
_QUOTED = 3
_QUOTE_LENGTH = 240


def diagnose(
    text: str | Iterable[str], context: Context | None = None
) -> list[Diagnosis]:
    """Return the known failures that a text shows, the most specific ones only.

    The text may come in blocks. They are in the order in which the log shows
    them; an unknown failure gives an empty list.
    """
    from ferrule.diagnosis.rules import all_rules

    blocks = (text,) if isinstance(text, str) else text
    rules = all_rules()
    kept: list[str] = []
    found = _search(_keep_end(clean_blocks(blocks), kept), rules)
    answers = _answers(found, rules, context or Context())
    if all(rule.is_vague for _, rule, _ in answers):
        broken = _search([join_lines("\n".join(kept))], rules)
        answers = _answers(broken, rules, context or Context())
    return _most_specific(answers)


def _answers(
    found: dict[int, _Found], rules: Sequence[Rule], context: Context
) -> list[tuple[int, Rule, Diagnosis]]:
    """Return what the rules say about what they found, with its place in the log."""
    facts = found.pop(-1, _Found()).values()
    context = _with_facts(context, facts)
    answers: list[tuple[int, Rule, Diagnosis]] = []
    for number, hits in found.items():
        rule = rules[number]
        seen = Seen(hits.values(), tuple(hits.lines), frozenset(hits.names), facts)
        advice = rule.advise(seen, context)
        if advice is None:
            continue
        diagnosis = Diagnosis(
            id=rule.id,
            title=advice.title or rule.title,
            meaning=advice.meaning,
            seen=tuple(_quote(line) for line in hits.lines[:_QUOTED]),
            fixes=_for_tool(advice.fixes, context),
            url=rule.url,
        )
        answers.append((hits.place, rule, diagnosis))
    return answers


def _keep_end(blocks: Iterable[str], kept: list[str]) -> Iterator[str]:
    """Pass blocks on; the last ones are in `kept` afterwards."""
    for block in blocks:
        kept.append(block[-_JOINED:])
        while len(kept) > 1 and sum(map(len, kept)) > _JOINED:
            del kept[0]
        yield block


def explain_import(text: str, context: Context | None = None) -> list[Diagnosis]:
    """Return the known reasons for an ImportError or a program that cannot start."""
    return diagnose(text, context)


@dataclass
class _Found:
    """What one rule found so far."""

    place: int = 0
    lines: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    groups: dict[str, dict[str, None]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def values(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(values) for name, values in self.groups.items()}


def _search(blocks: Iterable[str], rules: Sequence[Rule]) -> dict[int, _Found]:
    """Return what each rule found, by its number; facts have the number -1."""
    signs = [(-1, sign) for sign in FACTS]
    for number, rule in enumerate(rules):
        signs += [(number, sign) for sign in rule.signs]
    found: dict[int, _Found] = {}
    start = 0
    for block in blocks:
        for number, sign in signs:
            for place, line in _lines_with(block, sign):
                hits = found.get(number)
                if hits is not None and hits.counts.get(sign.needle, 0) >= _HITS:
                    break
                match = _compiled(sign.pattern).search(line)
                if match is None:
                    continue
                if hits is None:
                    hits = found[number] = _Found(start + place)
                _note(hits, sign, line, match, start + place)
        start += len(block) + 1
    return found


def _note(
    hits: _Found, sign: Sign, line: str, match: re.Match[str], place: int
) -> None:
    hits.counts[sign.needle] = hits.counts.get(sign.needle, 0) + 1
    hits.place = min(hits.place, place)
    hits.names.add(sign.name)
    stripped = line.strip()
    if stripped not in hits.lines:
        hits.lines.append(stripped)
    for name, value in match.groupdict().items():
        if value:
            hits.groups.setdefault(name, {})[value] = None


def _lines_with(block: str, sign: Sign) -> Iterator[tuple[int, str]]:
    """Yield place and text of the first lines that contain a needle."""
    place = block.find(sign.needle)
    count = 0
    while place >= 0 and count < 4 * _HITS:
        count += 1
        start = block.rfind("\n", 0, place) + 1
        end = block.find("\n", place)
        end = len(block) if end < 0 else end
        if end - start <= LINE_LIMIT:
            yield start, block[start:end]
        else:
            half = LINE_LIMIT // 2
            yield place, block[max(start, place - half) : min(end, place + half)]
        place = block.find(sign.needle, end)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _with_facts(context: Context, facts: dict[str, tuple[str, ...]]) -> Context:
    """Fill what is unknown from the log itself."""
    tool = context.tool
    if not tool:
        for name, value in (
            ("ferrule", "ferrule"),
            ("maturin", "maturin"),
            ("setuptools", "setuptools-rust"),
            ("crate", "cargo"),
        ):
            if name in facts:
                tool = value  # type: ignore[assignment]
                break
    features = context.features
    if "feature" in facts:
        features = features | frozenset(facts["feature"])
    return replace(
        context,
        tool=tool,
        features=features,
        pyo3=context.pyo3 or next(iter(facts.get("pyo3", ())), ""),
        target=context.target or next(iter(facts.get("target", ())), ""),
        crate=context.crate or next(iter(facts.get("crate", ())), ""),
    )


def _for_tool(fixes: tuple[Fix, ...], context: Context) -> tuple[Fix, ...]:
    """Return the fixes that help the user of one tool; ferrule's come first."""
    if not context.tool:
        return fixes
    chosen = tuple(item for item in fixes if item.tool in {"", "ferrule", context.tool})
    return chosen or fixes


def _quote(line: str) -> str:
    if len(line) <= _QUOTE_LENGTH:
        return line
    return f"{line[: _QUOTE_LENGTH - 4]} ..."


def _most_specific(answers: list[tuple[int, Rule, Diagnosis]]) -> list[Diagnosis]:
    present = {rule.id for _, rule, _ in answers}
    kept = [
        (place, diagnosis)
        for place, rule, diagnosis in answers
        if not present.intersection(rule.yields_to)
    ]
    return [diagnosis for _, diagnosis in sorted(kept, key=lambda item: item[0])]
