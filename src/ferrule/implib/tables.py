"""The symbols that the DLLs of Python export, as data.

`symbols.txt` beside this module has one line per symbol and one character per
table: `f` for a function, `v` for a variable, `F` and `V` for those of debug
builds only, `x` for a function of i686 only. README.md tells where the tables come
from, `tools/refresh_python_symbols.py` writes the file.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from ferrule.implib.symbol import ImportSymbol

    Basis = Literal["library", "dll", "definition", "derived"]
    """Whether the maker's own import library was read, the DLL, somebody's `.def`
    of it, or what is known of neighbouring versions."""

__all__ = ["Table", "Tables", "load_tables"]


class Table:
    """The symbols of one DLL: where they come from, and where they stand."""

    def __init__(self, line: str, column: int) -> None:
        name, dll, basis, source, licence = line.split("\t")
        self.name = name
        """For example `3.13.5`, `3.13t`, `abi3-3.9`, `pypy3.11`."""
        self.dll = dll
        self.basis: Basis = basis  # type: ignore[assignment]
        self.source = source
        self.licence = licence
        self.column = column


class Tables:
    """All tables of the file."""

    def __init__(self, data: bytes) -> None:
        head, _, body = data.partition(b"\n\n")
        rows = [row for row in head.decode("ascii").split("\n") if row[0] != "#"]
        found = [Table(row, column) for column, row in enumerate(rows)]
        self.tables: dict[str, Table] = {table.name: table for table in found}
        self.width = len(found)
        """Where the name begins in a line, after a space."""
        self.lines: list[bytes] = body.rstrip(b"\n").split(b"\n")

    def variables(self) -> frozenset[str]:
        """Return the names of all variables that any CPython exports."""
        columns = [
            table.column
            for table in self.tables.values()
            if table.dll.startswith("python3")
        ]
        first, last = min(columns), max(columns) + 1
        return frozenset(
            line[self.width + 1 :].decode("ascii")
            for line in self.lines
            if b"v" in line[first:last] or b"V" in line[first:last]
        )

    def names(self, table: Table) -> frozenset[str]:
        """Return the names of all symbols that a table has for some build."""
        column, start = table.column, self.width + 1
        absent = ord(".")
        return frozenset(
            line[start:].decode("ascii")
            for line in self.lines
            if line[column] != absent
        )

    def entries(
        self,
        table: Table,
        kept: Sequence[Table] = (),
        *,
        is_i686: bool = False,
        is_debug: bool = False,
    ) -> tuple[list[bytes], list[int], list[int]]:
        """Return names, whether each is a variable, and hints of a table's symbols.

        They are in the order of the DLL's table of names, where the hint is the
        place. Left out is what a table of `kept` has not.
        """
        column, start = table.column, self.width + 1
        wanted = b"fv" + (b"FV" if is_debug else b"") + (b"x" if is_i686 else b"")
        lines = [line for line in self.lines if line[column] in wanted]
        hints = list(range(len(lines)))
        if kept:
            columns, absent = [other.column for other in kept], ord(".")
            hints = [
                hint
                for hint, line in enumerate(lines)
                if all(line[other] != absent for other in columns)
            ]
            lines = [lines[hint] for hint in hints]
        variables = [line[column] in b"vV" for line in lines]
        return [line[start:] for line in lines], list(map(int, variables)), hints

    def symbols(
        self,
        table: Table,
        kept: Sequence[Table] = (),
        *,
        is_i686: bool = False,
        is_debug: bool = False,
    ) -> tuple[ImportSymbol, ...]:
        """Return a table's symbols, as `entries` does."""
        from ferrule.implib.symbol import ImportSymbol

        rows = zip(*self.entries(table, kept, is_i686=is_i686, is_debug=is_debug))
        return tuple(
            ImportSymbol(name.decode("ascii"), "data" if is_data else "code", hint)
            for name, is_data, hint in rows
        )


_loaded: list[Tables] = []


def load_tables() -> Tables:
    """Return all tables; the file is read once."""
    if not _loaded:
        path = os.path.join(os.path.dirname(__file__), "symbols.txt")
        with open(path, "rb") as stream:
            _loaded.append(Tables(stream.read()))
    return _loaded[0]
