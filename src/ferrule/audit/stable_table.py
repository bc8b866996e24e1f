"""The functions and variables of CPython's stable ABI.

Standards: PEP 384 and 652 (abi3), PEP 803 (abi3t). The table is data; where it
comes from is told in README.md beside it.
"""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ferrule.formats.image import Format

__all__ = ["StableTable", "is_entry_point", "is_python_name", "load_table"]

_HOOKS = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")

_CONDITIONS: Mapping[str, tuple[frozenset[str], str]] = {
    "HAVE_FORK": (frozenset({"elf", "macho"}), "where processes can fork"),
    "MS_WINDOWS": (frozenset({"pe"}), "on Windows"),
    "PY_HAVE_THREAD_NATIVE_ID": (
        frozenset({"elf", "macho", "pe"}),
        "where threads have native ids",
    ),
    "Py_REF_DEBUG": (frozenset(), "in debug builds of Python"),
    "USE_STACKCHECK": (frozenset({"pe"}), "on Windows"),
}
"""Macros of CPython: the formats of the systems that define them, in released
Pythons, and what that means."""


@dataclass(frozen=True)
class StableTable:
    """What the stable ABI of each Python 3 holds."""

    added: Mapping[str, int]
    """Name to the minor version that added it."""
    names: Mapping[str, str]
    """The file's other lists, each with names separated by spaces."""
    groups: Mapping[str, str]
    """Macro to the names that exist only where it is defined."""

    @cached_property
    def conditions(self) -> dict[str, str]:
        """Return the macro that decides whether a name exists, by name."""
        return {
            name: macro for macro, text in self.groups.items() for name in text.split()
        }

    @cached_property
    def needs_definition(self) -> frozenset[str]:
        """Return the functions that abi3t modules have nothing to call with."""
        return frozenset(self.names["not_abi3t"].split())

    @property
    def newest(self) -> int:
        """Return the newest minor version that the table knows."""
        return max(self.added.values())

    def missing_because(self, name: str, system: Format) -> str:
        """Return where only a name exists, if that is not in files of this format.

        >>> load_table().missing_because("PyErr_SetFromWindowsErr", "elf")
        'on Windows'
        """
        macro = self.conditions.get(name)
        if macro is None:
            return ""
        systems, words = _CONDITIONS[macro]
        return "" if system in systems else words


@cache
def load_table() -> StableTable:
    """Return the table, read once."""
    import json

    path = Path(__file__).with_name("stable_abi.json")
    data = json.loads(path.read_bytes())
    added: dict[str, int] = {}
    for minor, names in data["added"].items():
        added.update(dict.fromkeys(names.split(" "), int(minor)))
    return StableTable(added, data, data["conditions"])


def is_python_name(name: str) -> bool:
    """Return whether a symbol is one of Python's C API by its name.

    The functions by which Python enters a module are not.

    >>> is_python_name("_Py_Dealloc"), is_python_name("PyInit_core")
    (True, False)
    """
    return name.startswith(("Py", "_Py")) and not name.startswith(_HOOKS)


def is_entry_point(name: str) -> bool:
    """Return whether a symbol is a function by which Python enters a module."""
    return name.startswith(_HOOKS)
