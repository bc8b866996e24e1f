"""Which members a linker takes."""

from __future__ import annotations

from ferrule.bundle.static.symbols import member_symbols, take_members
from tests.unit.bundle.static.conftest import MEMBERS


def taken(machine, roots=("Py_InitializeEx",), **options):
    members = member_symbols(machine.python())
    found = take_members(roots, [members], {"libc": {"malloc", "memcpy"}}, **options)
    return [item.name for item in found.members], found


def test_what_is_reachable_is_taken(machine):
    names, found = taken(machine)
    assert sorted(names) == [
        "_decimal.o",
        "config.o",
        "lifecycle.o",
        "marshal.o",
        "zlibmodule.o",
    ]
    assert found.libraries == {"libc"}
    assert [(name, item.name) for name, item in found.open.items()] == [
        ("_GLOBAL_OFFSET_TABLE_", "marshal.o"),
        ("__udivti3", "lifecycle.o"),
        ("deflate", "zlibmodule.o"),
        ("inflate", "zlibmodule.o"),
        ("mpd_qadd", "_decimal.o"),
        ("mpd_qmul", "_decimal.o"),
    ]


def test_a_symbol_that_is_there_takes_nothing(machine):
    names, _ = taken(machine, defined={"_PyImport_Inittab"})
    assert names == ["lifecycle.o"]


def test_a_symbol_that_nobody_has(machine):
    names, found = taken(machine, ["Py_Nothing"])
    assert names == []
    assert found.open == {"Py_Nothing": None}


def test_what_is_no_object_has_no_symbols(machine):
    members = member_symbols(machine.python({**MEMBERS, "notes.txt": b"a text"}))
    assert "notes.txt" not in [item.name for item in members]
