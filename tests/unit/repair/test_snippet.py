"""Tests of the lines that announce a folder of DLLs."""

from __future__ import annotations

import ast

import pytest

from ferrule.repair.snippet import with_dll_folder

CALL = "_announce_dll_folder()"


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("", 0),
        ("x = 1\n", 0),
        ("# -*- coding: latin-1 -*-\n# text\nx = 1\n", 0),
        ('"""Doc."""\nx = 1\n', 1),
        ('"""Doc."""', 1),
        ('"""Doc.\n\nMore."""\nfrom __future__ import annotations\nx = 1\n', 2),
        ('"""Doc."""; import os\n', 1),
        ('from __future__ import annotations; x = "é"\n', 1),
        ("'''Doc.\x0cMore'''\nx = 1\n", 1),
        ("from .__future__ import x\n", 0),
    ],
)
def test_what_must_stay_first_stays_first(source, first):
    found = with_dll_folder(source.encode(), "demo.libs", 1)
    assert found is not None
    before, after = ast.parse(source.encode()), ast.parse(found)
    assert isinstance(after.body[first], ast.FunctionDef)
    kept = after.body[:first] + after.body[first + 3 :]
    assert [ast.dump(item) for item in kept] == [ast.dump(item) for item in before.body]


def test_line_ends_and_encodings_are_kept():
    source = '# coding: latin-1\r\n"""\xe9"""\r\nx = 1\r\n'.encode("latin-1")
    found = with_dll_folder(source, "demo.libs", 2)
    assert found is not None
    assert found.startswith(b'# coding: latin-1\r\n"""\xe9"""\r\n')
    assert found.count(b"\n") == found.count(b"\r\n")
    assert b"os.pardir, os.pardir, 'demo.libs'" in found
    marked = b"\xef\xbb\xbfx = 1\n"
    assert with_dll_folder(marked, "a", 1).startswith(b"\xef\xbb\xbf")


def test_it_is_added_once():
    once = with_dll_folder(b"x = 1\n", "demo.libs", 1)
    assert with_dll_folder(once, "demo.libs", 1) == once


@pytest.mark.parametrize("source", [b"def (:\n", b"\xff\xfe", b"# coding: none\n"])
def test_sources_that_are_not_understood_give_none(source):
    assert with_dll_folder(source, "demo.libs", 1) is None


def test_other_systems_are_not_touched(tmp_path):
    path = tmp_path / "module.py"
    path.write_bytes(with_dll_folder(b"x = 1\n", "demo.libs", 1))
    names = {"__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), names)
    assert names["x"] == 1
    assert "_announce_dll_folder" not in names
