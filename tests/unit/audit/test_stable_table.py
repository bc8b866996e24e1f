from __future__ import annotations

import pytest

from ferrule.audit.stable_table import is_entry_point, is_python_name, load_table

TABLE = load_table()


@pytest.mark.parametrize(
    ("name", "minor"),
    [
        ("PyList_New", 2),
        ("_Py_NoneStruct", 2),
        ("PyModuleDef_Init", 5),
        ("PyCMethod_New", 9),
        ("PyUnicode_AsUTF8AndSize", 10),
        ("PyObject_GetBuffer", 11),
        ("PyObject_Vectorcall", 12),
        ("Py_TYPE", 14),
    ],
)
def test_when_names_were_added(name, minor):
    assert TABLE.added[name] == minor


@pytest.mark.parametrize(
    "name", ["PyUnicode_New", "_PyObject_MakeTpCall", "PyUnstable_Module_SetGIL"]
)
def test_names_outside_of_the_stable_abi(name):
    assert name not in TABLE.added


def test_every_condition_is_understood():
    conditional = sorted(TABLE.conditions)
    assert conditional
    for name in conditional:
        assert name in TABLE.added
        assert all(
            isinstance(TABLE.missing_because(name, system), str)
            for system in ("elf", "macho", "pe")
        )


def test_no_name_is_there_twice():
    texts = TABLE.names["added"].values()
    names = [name for text in texts for name in text.split()]
    assert len(names) == len(set(names)) == len(TABLE.added) > 900


def test_the_table_reaches_the_newest_python():
    assert TABLE.newest >= 15
    assert TABLE.needs_definition <= TABLE.added.keys()


def test_names_of_pythons_api():
    names = ["PyList_New", "_Py_Dealloc", "PyInit_core", "PyModExport_core", "memcpy"]
    assert list(filter(is_python_name, names)) == names[:2]
    assert list(filter(is_entry_point, names)) == names[2:4]
