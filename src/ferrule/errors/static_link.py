"""Errors about linking Python statically into a program."""

from __future__ import annotations

from ferrule.errors import FerruleError

__all__ = ["ThinMemberError"]

_GUIDE = "https://pyo3.rs/main/building-and-distribution.html#statically-embedding-the-python-interpreter"


class StaticLinkError(FerruleError):
    """Python cannot be linked statically here; nothing was compiled."""

    exit_code = 3
    url = _GUIDE


class ThinMemberError(StaticLinkError):
    """A thin archive without the objects that it lists."""

    def __init__(self, archive: str, member: str) -> None:
        super().__init__(
            f"{archive} is a thin archive whose objects are not there",
            why=[f"missing: {member}"],
            fix="install Python with its whole libpython.a, not the one of its build "
            "folder; `ar rcT` makes thin archives",
        )
        self.archive = archive
        self.member = member
