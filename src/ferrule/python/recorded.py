"""Facts about Pythons of other machines that no rule tells.

`foreign_pythons.json` is written by `tools/refresh_foreign_pythons.py` from real
interpreters; it names its sources and their licences.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["RecordedPython", "find_recorded", "is_recorded", "recorded_pythons"]


class RecordedPython(NamedTuple):
    """One Python of one target; None is for what its source does not say."""

    implementation: str
    version: str
    """With the letters `t` and `d`, such as `3.14t`."""
    target: str
    ext_suffix: str
    soabi: str | None
    ld_version: str | None
    width: int | None
    shared: bool | None
    platform: str | None
    """`sysconfig.get_platform()`."""
    tag: str | None
    """The platform tag of its wheels, where nothing else tells it."""


def find_recorded(
    implementation: str, version: str, target: Triple
) -> RecordedPython | None:
    """Return what was seen of a Python, or None where none like it was seen.

    `version` is `3.12`, or `3.13t`. A Python for Windows is the same for all
    toolchains.
    """
    return _index().get((implementation, version, _recorded_name(target)))


def is_recorded(implementation: str, target: Triple) -> bool:
    """Return whether any version of an implementation was seen on a target."""
    name = _recorded_name(target)
    return any(kind == implementation and name == on for kind, _, on in _index())


def _recorded_name(target: Triple) -> str:
    if target.is_windows:
        return f"{'i686' if target.is_x86_32 else target.architecture}-pc-windows-msvc"
    return target.text


def recorded_pythons() -> tuple[RecordedPython, ...]:
    """Return all that were seen, sorted."""
    return tuple(_index().values())


@lru_cache(maxsize=1)
def _index() -> dict[tuple[str, str, str], RecordedPython]:
    import json

    path = Path(__file__).with_name("foreign_pythons.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    rows = (RecordedPython(*row) for row in data["pythons"])
    return {(row.implementation, row.version, row.target): row for row in rows}
