"""Errors of the lint."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError

__all__ = ["LintError"]


class LintError(FerruleError):
    """The sources hold what the build will not do, and `lint` is "error"."""

    exit_code = 3

    def __init__(self, findings: Sequence[str]) -> None:
        count = len(findings)
        places = "a place" if count == 1 else f"{count} places"
        super().__init__(
            f'the lint found {places} in the sources, and the setting lint is "error"',
            why=findings,
            fix="change the sources, or allow a rule there with the comment "
            "`// ferrule: allow(RULE)` or with the setting lint-allow",
        )
