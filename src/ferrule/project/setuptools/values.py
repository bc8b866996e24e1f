"""Values of `setup()` keywords as they are read from text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule.errors.setuptools_project import SetupCodeError

__all__ = [
    "Find",
    "Keywords",
    "RustCall",
    "Unknown",
    "first_unknown",
    "known",
]

Keywords = dict[str, Any]
"""Keyword of `setup()` to value; values that are code are `Unknown`."""


@dataclass(frozen=True)
class Unknown:
    """An expression whose value only running it would tell."""

    path: Path
    line: int
    text: str
    reason: str

    def error(self, subject: str) -> SetupCodeError:
        """Return the error that says so."""
        return SetupCodeError(self.path, self.line, subject, self.text, self.reason)


@dataclass(frozen=True)
class Find:
    """A search for packages: `find_packages`, `find:`, `packages.find`."""

    where: tuple[str, ...] = (".",)
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    namespaces: bool = False


@dataclass(frozen=True)
class RustCall:
    """A call of `RustExtension` or `RustBin`."""

    line: int
    is_bin: bool
    values: Mapping[str, Any]


def first_unknown(value: object) -> Unknown | None:
    """Return the first unknown inside of a value, if there is one."""
    if isinstance(value, Unknown):
        return value
    items: list[object] = []
    if isinstance(value, Mapping):
        items = [*value, *value.values()]
    elif isinstance(value, (list, tuple)):
        items = list(value)
    elif isinstance(value, RustCall):
        items = list(value.values.values())
    for item in items:
        found = first_unknown(item)
        if found is not None:
            return found
    return None


def known(keywords: Mapping[str, Any], name: str) -> Any:
    """Return the value of a keyword, or None where it is absent.

    Raises `SetupCodeError` where the value is code.
    """
    value = keywords.get(name)
    unknown = first_unknown(value)
    if unknown is not None:
        raise unknown.error(f"`{name}`")
    return value
