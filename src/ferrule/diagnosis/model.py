"""The nouns of diagnosis: rules, what a rule saw, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Advice", "Context", "Diagnosis", "Fix", "Rule", "Seen", "Sign", "Tool"]

Tool = Literal["", "cargo", "ferrule", "maturin", "setuptools-rust"]
"""Which program wrote a log; empty if unknown."""

_WIDTH = 82


@dataclass(frozen=True)
class Context:
    """What is known about the build besides its text; all may be unknown."""

    tool: Tool = ""
    pyo3: str = ""
    """Release of PyO3, as Cargo.lock spells it."""
    features: frozenset[str] = frozenset()
    """Features of pyo3 that are on."""
    host: str = ""
    target: str = ""
    python: str = ""
    """Version of the interpreter that the build is for: `3.13`."""
    interpreter: str = ""
    """Its path."""
    crate: str = ""
    modules: tuple[tuple[str, str], ...] = ()
    """The `#[pymodule]`s of a program that failed: the name that Python knows, and
    that of the function or module in Rust."""
    profile: str = ""
    linker: str = ""


@dataclass(frozen=True)
class Sign:
    """How one line of a log tells that a rule applies."""

    needle: str
    """Plain text that the line contains; looked for first, because it is quick."""
    pattern: str
    """Regular expression that the line matches; its groups are the values."""
    name: str = ""
    """For rules that tell their signs apart."""


@dataclass(frozen=True)
class Seen:
    """What a rule found in a log."""

    values: Mapping[str, tuple[str, ...]]
    """Every value of every group, without repetitions, in order of appearance."""
    lines: tuple[str, ...]
    """The lines that matched."""
    names: frozenset[str]
    """Names of the signs that matched."""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What other lines of the log tell about the build."""

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a group."""
        return next(iter(self.values.get(name, ())), default)

    def fact(self, name: str) -> str:
        """Return the first value of a fact, or nothing."""
        return next(iter(self.facts.get(name, ())), "")

    def shown(self, name: str, *, limit: int = 3) -> str:
        """Return the values of a group as words: `a, b, c and 4 more`."""
        values = self.values.get(name, ())
        rest = len(values) - limit
        more = f" and {rest} more" if rest > 0 else ""
        return ", ".join(values[:limit]) + more


@dataclass(frozen=True)
class Fix:
    """One command or line that ends the failure."""

    line: str
    """What to run or to write."""
    purpose: str = ""
    """What it does, or where it is written."""
    tool: Tool = ""
    """The only tool whose users it helps; empty for everybody."""

    def __str__(self) -> str:
        return f"{self.line}  ({self.purpose})" if self.purpose else self.line


@dataclass(frozen=True)
class Advice:
    """What a rule says about one log."""

    meaning: str
    """What it means here, with the values that were seen."""
    fixes: tuple[Fix, ...]
    title: str = ""
    """Instead of the rule's own title."""


@dataclass(frozen=True)
class Rule:
    """One failure that ferrule knows."""

    id: str
    title: str
    meaning: str
    """The general explanation, for `ferrule explain ID`."""
    signs: tuple[Sign, ...]
    examples: tuple[str, ...]
    """Texts as tools write them; each one is recognised as this failure."""
    advise: Callable[[Seen, Context], Advice | None]
    """Return what to say, or None if it is another failure after all."""
    url: str = ""
    yields_to: tuple[str, ...] = ()
    """More specific rules: if one of them applies, this one is silent."""
    is_vague: bool = False
    """Whether it says only that something failed, not what."""


@dataclass(frozen=True)
class Diagnosis:
    """A failure that was recognised."""

    id: str
    title: str
    meaning: str
    seen: tuple[str, ...]
    """Lines of the log that show it, at most three."""
    fixes: tuple[Fix, ...]
    url: str = ""

    @property
    def fix(self) -> str:
        """Return the first fix, in one line."""
        return str(self.fixes[0]) if self.fixes else ""

    def lines(self) -> list[str]:
        """Return the explanation as lines of text, without the title."""
        import textwrap

        lines = [f"seen: {line}" for line in self.seen]
        lines += textwrap.wrap(
            self.meaning, _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        for number, item in enumerate(self.fixes):
            lines.append(f"{'fix' if number == 0 else 'or'}: {item}")
        if self.url:
            lines.append(f"see: {self.url}")
        lines.append(f"more: ferrule explain {self.id}")
        return lines

    def as_data(self) -> dict[str, Any]:
        """Return the diagnosis as plain data, for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "meaning": self.meaning,
            "seen": list(self.seen),
            "fixes": [
                {"line": item.line, "purpose": item.purpose, "tool": item.tool}
                for item in self.fixes
            ],
            "url": self.url,
        }
