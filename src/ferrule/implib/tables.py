"""The symbols that the DLLs of Python export, as data.

`symbols.txt` beside this module has one line per symbol and one character per
table: `f` for a function, `v` for a variable, `F` and `V` for those of debug
builds only, `x` for a function of i686 only. README.md tells where the tables come
from, `tools/refresh_python_symbols.py` writes the file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from ferrule.implib.symbol import ImportSymbol

if TYPE_CHECKING:
    from ferrule.implib.symbol import SymbolKind

__all__ = ["Basis", "Table", "Tables", "load_tables"]

Basis = Literal["library", "dll", "definition", "derived"]
"""Whether the maker's own import library was read, the DLL, somebody's `.def` of
it, or what is known of neighbouring versions."""


class Table(NamedTuple):
    """The symbols of one DLL: where they come from, and where they stand."""

    name: str
    """For example `3.13.5`, `3.13t`, `abi3-3.9`, `pypy3.11`."""
    dll: str
    basis: Basis
    source: str
    licence: str
    column: int


class Tables(NamedTuple):
    """All tables of the file."""

    tables: dict[str, Table]
    lines: list[str]

    def variables(self) -> frozenset[str]:
        """Return the names of all variables that any CPython exports."""
        columns = [
            table.column
            for table in self.tables.values()
            if table.dll.startswith("python3")
        ]
        first, last = min(columns), max(columns) + 1
        width = len(self.tables) + 1
        return frozenset(
            line[width:]
            for line in self.lines
            if "v" in line[first:last] or "V" in line[first:last]
        )

    def names(self, table: Table) -> frozenset[str]:
        """Return the names of all symbols that a table has for some build."""
        column, width = table.column, len(self.tables) + 1
        return frozenset(line[width:] for line in self.lines if line[column] != ".")

    def symbols(
        self, table: Table, *, is_i686: bool = False, is_debug: bool = False
    ) -> tuple[ImportSymbol, ...]:
        """Return a table's symbols in the order of the DLL's table of names."""
        kinds: dict[str, SymbolKind] = {"f": "code", "v": "data"}
        if is_debug:
            kinds |= {"F": "code", "V": "data"}
        if is_i686:
            kinds["x"] = "code"
        column, width = table.column, len(self.tables) + 1
        found = [
            (line[width:], kinds[line[column]])
            for line in self.lines
            if line[column] in kinds
        ]
        return tuple(
            ImportSymbol(name, kind, hint) for hint, (name, kind) in enumerate(found)
        )


@cache
def load_tables() -> Tables:
    """Return all tables; the file is read once."""
    path = Path(__file__).with_name("symbols.txt")
    text = path.read_text(encoding="ascii")
    head, _, body = text.partition("\n\n")
    tables = {}
    rows = [line for line in head.split("\n") if not line.startswith("#")]
    for column, row in enumerate(rows):
        name, dll, basis, source, licence = row.split("\t")
        table = Table(name, dll, cast("Basis", basis), source, licence, column)
        tables[name] = table
    return Tables(tables, body.rstrip("\n").split("\n"))
