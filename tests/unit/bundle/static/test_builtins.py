"""The table of built-in modules."""

from __future__ import annotations

import pytest

from ferrule.bundle.static.builtins import (
    Builtin,
    choose_builtins,
    inittab_source,
    read_inittab,
)
from ferrule.errors.static_link import UnknownBuiltinError
from tests.unit.bundle.static.conftest import MEMBERS, ROWS
from tests.unit.made_objects import BITCODE_14

KNOWN = (
    Builtin("marshal", "PyMarshal_Init"),
    Builtin("sys", ""),
    Builtin("zlib", "PyInit_zlib"),
    Builtin("_decimal", "PyInit__decimal"),
)


def test_the_table_is_read():
    assert [item.name for item in KNOWN] == [name for name, _ in ROWS]
    assert read_inittab(MEMBERS.items()) == KNOWN


def test_an_archive_without_a_table():
    others = [item for item in MEMBERS.items() if item[0] != "config.o"]
    assert read_inittab(others) == ()
    assert read_inittab([("config.o", BITCODE_14)]) == ()


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ("", "marshal sys zlib _decimal"),
        ("all", "marshal sys zlib _decimal"),
        ("minimal", "marshal sys"),
        ("zlib", "marshal sys zlib"),
        ("_decimal, zlib", "marshal sys zlib _decimal"),
        ("-zlib", "marshal sys _decimal"),
        ("all,-zlib,-_decimal", "marshal sys"),
        ("minimal,+zlib", "marshal sys zlib"),
    ],
)
def test_wishes(wish, names):
    chosen = choose_builtins(wish, KNOWN)
    assert " ".join(item.name for item in chosen) == names


def test_an_unknown_module():
    with pytest.raises(UnknownBuiltinError) as caught:
        choose_builtins("zlip", KNOWN)
    assert str(caught.value).startswith(
        'libpython.a has no built-in module `zlip` (did you mean "zlib"?)\n'
        "  built in are: _decimal, marshal, sys, zlib\n"
        "  fix: name one of them; other modules of the standard library are files"
    )


def test_what_python_cannot_start_without():
    with pytest.raises(UnknownBuiltinError) as caught:
        choose_builtins("-sys", KNOWN)
    assert str(caught.value).startswith(
        "Python does not start without its built-in module `sys`\n"
        "  fix: remove `-sys` from --builtins"
    )


def test_the_table_as_rust():
    source = inittab_source(KNOWN[:3])
    assert "fn PyInit_zlib()" in source
    assert "pub static mut _PyImport_Inittab: [Row; 4] = [" in source
    assert '    Row(b"sys\\0".as_ptr(), None),' in source
    assert source.index("marshal") < source.index("zlib\\0")
    assert "decimal" not in source
