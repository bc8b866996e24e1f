from __future__ import annotations

import pytest

from ferrule.audit.stable_table import load_table
from ferrule.implib.tables import load_tables

TABLES = load_tables()
LINES = [line.decode() for line in TABLES.lines]


def test_every_line_has_one_known_character_per_table():
    width = len(TABLES.tables)
    assert len(LINES) > 4000
    for line in LINES:
        assert set(line[:width]) <= set("fvFVx."), line
        assert line[width] == " "
        assert line[width + 1 :].isidentifier(), line


def test_names_are_in_the_order_of_a_dlls_table():
    names = [line.rpartition(" ")[2] for line in LINES]
    assert names == sorted(set(names))


@pytest.mark.parametrize("table", TABLES.tables.values(), ids=lambda item: item.name)
def test_every_table_has_its_source_and_a_plausible_size(table):
    assert table.source
    assert table.licence in ("PSF-2.0", "MIT", "UPL-1.0")
    symbols = TABLES.symbols(table)
    data = sum(item.kind == "data" for item in symbols)
    assert 790 < len(symbols) < 2200
    assert 130 < data < 700
    assert [item.hint for item in symbols] == list(range(len(symbols)))


@pytest.mark.parametrize(
    ("name", "x86_64", "i686", "debug"),
    [
        # Microsoft's own libraries have these numbers; debug adds what it counts.
        ("3.7.9", 1558, 1559, 1568),
        ("3.9.6", 1639, 1640, 1643),
        ("3.11.3", 1628, 1629, 1633),
        ("3.13.5", 1655, 1656, 1662),
        ("3.13.0", 1647, 1648, 1654),
        ("3.14.3", 1802, 1802, 1811),
        ("abi3-3.12", 867, 867, 867),
    ],
)
def test_architecture_and_kind_of_build_decide(name, x86_64, i686, debug):
    table = TABLES.tables[name]
    assert len(TABLES.symbols(table)) == x86_64
    assert len(TABLES.symbols(table, is_i686=True)) == i686
    assert len(TABLES.symbols(table, is_debug=True)) == debug


@pytest.mark.parametrize("minor", range(11, 16))
def test_python3_dll_has_what_the_stable_abi_promises(minor):
    table = load_table()
    promised = {
        name
        for name, added in table.added.items()
        if added <= minor and table.conditions.get(name) != "HAVE_FORK"
    }
    names = TABLES.names(TABLES.tables[f"abi3-3.{minor}"])
    assert names == promised


@pytest.mark.parametrize("minor", range(7, 16))
def test_python3_dll_forwards_to_what_the_versions_dll_has(minor):
    versions = [
        TABLES.names(table)
        for name, table in TABLES.tables.items()
        if name.startswith(f"3.{minor}") and not name.endswith("t")
    ]
    stable = TABLES.names(TABLES.tables[f"abi3-3.{minor}"])
    # Until 3.9 the list was kept by hand; it named functions long gone.
    missing = stable - versions[0]
    assert len(missing) == 0 or (minor < 10 and len(missing) < 40)


def test_variables_are_those_of_cpython():
    found = TABLES.variables()
    assert {"PyList_Type", "PyExc_ValueError", "_Py_RefTotal"} <= found
    assert not {"PyList_New", "PyPyExc_ValueError"} & found
