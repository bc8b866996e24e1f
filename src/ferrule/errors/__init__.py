"""Every error that ferrule raises on purpose.

One module per layer holds the classes of that layer; all derive from
`FerruleError`. A message has three parts: what failed, why (the values that
were seen) and how to fix it. `cli` and `backend` print it; nothing else does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

__all__ = ["FerruleError", "SeveralError", "did_you_mean"]


class FerruleError(Exception):
    """A failure that ferrule understands and explains.

    `exit_code` is what the command line returns: 2 for wrong input or
    configuration, 3 for a project that cannot be built as it is, 4 for Python
    interpreters, 5 for cargo and compilers, 6 for files that cannot be read
    or written.
    """

    exit_code: ClassVar[int] = 1
    url: ClassVar[str] = ""

    def __init__(self, what: str, *, why: Sequence[str] = (), fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = tuple(why)
        self.fix = fix

    def details(self) -> dict[str, Any]:
        """Return what `--json` output tells besides the message."""
        return {}

    def __str__(self) -> str:
        lines = [self.what, *(f"  {line}" for line in self.why)]
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        if self.url:
            lines.append(f"  see: {self.url}")
        return "\n".join(lines)


class SeveralError(FerruleError):
    """Several problems of one input, reported together."""

    def __init__(self, what: str, problems: Sequence[FerruleError | str]) -> None:
        super().__init__(what)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        parts = [self.what]
        for number, problem in enumerate(self.problems, 1):
            text = str(problem).replace("\n", "\n   ")
            parts.append(f"{number:2}. {text}")
        return "\n".join(parts)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return `` (did you mean "x"?)`` for the closest known word, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""
