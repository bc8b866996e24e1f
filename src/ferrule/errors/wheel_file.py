"""Errors about wheels that somebody made: damaged, dangerous or not a wheel."""

from __future__ import annotations

from pathlib import Path

from ferrule.errors import FerruleError

__all__ = [
    "BrokenWheelError",
    "DamagedMemberError",
    "UnsafeMemberError",
    "WheelBombError",
    "WheelFileNameError",
    "WheelLayoutError",
    "WrongRecordError",
]


class BrokenWheelError(FerruleError):
    """An archive is damaged, or no zip archive that a wheel may be."""

    exit_code = 6
    remedy = "build it anew, or check that it was downloaded completely"

    def __init__(self, path: Path, reason: str, *, member: str = "") -> None:
        place = f"{member!r} in {path}" if member else str(path)
        super().__init__(
            f"{place} cannot be read as {'a file of ' if member else ''}a wheel",
            why=[reason],
            fix=self.remedy,
        )
        self.path = path
        self.member = member
        self.reason = reason


class UnsafeMemberError(BrokenWheelError):
    """A file of an archive could do harm where it is unpacked."""

    remedy = "do not install it; build it anew, or get it from a source you trust"


class WheelBombError(UnsafeMemberError):
    """An archive would become far larger than its size lets expect."""


class DamagedMemberError(BrokenWheelError):
    """The content of a file is not what the archive says of it."""


class WheelLayoutError(BrokenWheelError):
    """A sound archive lacks what makes it a wheel."""

    remedy = "a wheel holds one NAME-VERSION.dist-info with METADATA, WHEEL and RECORD"


class WheelFileNameError(FerruleError):
    """The name of a file is not that of a wheel."""

    exit_code = 6

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name!r} is no file name of a wheel",
            why=[reason],
            fix="name it NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl, as it was "
            "when it was built",
        )
        self.name = name
        self.reason = reason


class WrongRecordError(FerruleError):
    """RECORD does not describe the files of a wheel."""

    exit_code = 6

    def __init__(self, path: Path, problems: list[str]) -> None:
        shown = problems[:10]
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        super().__init__(
            f"RECORD does not describe the files of {path}",
            why=shown,
            fix="the wheel was changed after it was built: build it anew",
        )
        self.path = path
        self.problems = tuple(problems)
