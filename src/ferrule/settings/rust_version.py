"""Requirements on the release of rustc, in the words of `SimpleSpec`.

These are the texts that setuptools-rust takes (the package semantic_version):
clauses joined by commas, where a version with fewer numbers stands for every
release that begins with them. A pre-release of rustc counts as its release.
"""

from __future__ import annotations

from typing import Optional

__all__ = ["matches_rust", "rust_version_problem"]

Release = tuple[int, int, int]
Bounds = tuple[Optional[Release], Optional[Release]]
"""First release that fits, and first one after it that does not."""

_OPERATORS = ("~=", "==", "!=", "<=", ">=", "<", ">", "^", "~", "=")


def matches_rust(specifier: str, release: Release) -> bool:
    """Return whether a release of rustc satisfies a valid specifier.

    >>> matches_rust(">=1.60,<2", (1, 95, 0)), matches_rust("~1.60", (1, 61, 0))
    (True, False)
    """
    for clause in specifier.split(","):
        operator, numbers = _parse(clause)
        low, high = _bounds(operator, numbers)
        inside = (low is None or low <= release) and (high is None or release < high)
        if inside is (operator == "!="):
            return False
    return True


def rust_version_problem(specifier: str) -> str | None:
    """Return what is wrong with a specifier, or None."""
    for clause in specifier.split(","):
        operator, numbers = _parse(clause)
        text = clause.strip()[len(operator) :].strip()
        words = text.partition("-")[0].partition("+")[0].split(".")
        is_any = text == "*" and operator in ("", "==")
        if words[1:] and words[-1] == "*":
            words.pop()
        is_known = len(words) == len(numbers) and 1 <= len(words) <= 3
        if not (is_known or is_any):
            return f'is "{specifier}", which is not a version specifier'
    return None


def _parse(clause: str) -> tuple[str, tuple[int, ...]]:
    text = clause.strip()
    operator = next((item for item in _OPERATORS if text.startswith(item)), "")
    text = text[len(operator) :].strip().partition("-")[0].partition("+")[0]
    numbers = []
    for word in text.split("."):
        if not (word.isascii() and word.isdecimal()):
            break
        numbers.append(int(word))
    return operator, tuple(numbers)


def _bounds(operator: str, numbers: tuple[int, ...]) -> Bounds:
    if not numbers:
        return None, None
    low, after = _padded(numbers), _next(numbers)
    if operator == "^":
        # The first number that is not zero, or the last one given.
        length = next((i + 1 for i, item in enumerate(numbers) if item), len(numbers))
        after = _next(numbers[:length])
    elif operator == "~":
        after = _next(numbers[:2])
    elif operator == "~=":
        after = _next(numbers[: max(len(numbers) - 1, 1)])
    one_sided: dict[str, Bounds] = {
        ">=": (low, None),
        "<": (None, low),
        ">": (after, None),
        "<=": (None, after),
    }
    return one_sided.get(operator, (low, after))


def _padded(numbers: tuple[int, ...]) -> Release:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch


def _next(numbers: tuple[int, ...]) -> Release:
    return _padded((*numbers[:-1], numbers[-1] + 1))
