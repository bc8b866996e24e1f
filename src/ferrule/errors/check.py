"""Errors about how wheels are to be checked."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = ["NoWheelError", "UnknownRuleError"]


class UnknownRuleError(FerruleError):
    """An ignore list names a rule that there is not."""

    exit_code = 2

    def __init__(self, where: str, rule: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{where}: there is no rule {rule!r}{did_you_mean(rule, known)}",
            fix="`ferrule check --rules` lists them",
        )
        self.rule = rule


class NoWheelError(FerruleError):
    """A command about wheels was given none."""

    exit_code = 2

    def __init__(self, place: str = "") -> None:
        super().__init__(
            f"there is no wheel in {place}" if place else "no wheel is named",
            fix="name files that end in .whl, or a folder that holds some",
        )
        self.place = place
