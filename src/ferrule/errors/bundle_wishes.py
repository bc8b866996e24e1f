"""Errors about what is asked of `ferrule bundle`."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, SeveralError

__all__ = ["BundleWishesError", "VitalModuleError"]


class BundleWishesError(SeveralError):
    """Everything that is wrong with what a bundle should be."""

    exit_code = 2

    def __init__(self, problems: Sequence[FerruleError | str]) -> None:
        count = len(problems)
        noun = "problem" if count == 1 else "problems"
        what = f"what is asked of the bundle has {count} {noun}:"
        super().__init__(what, problems)


class VitalModuleError(FerruleError):
    """An exclusion without which Python does not start."""

    exit_code = 2

    def __init__(self, glob: str, module: str) -> None:
        super().__init__(
            f"`exclude` has {glob}, and Python does not start without {module}",
            fix="leave it in",
        )
