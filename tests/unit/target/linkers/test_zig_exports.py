"""Definitions that zig's linker for macOS must not export."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ferrule.target.linkers.zig_exports import (
    exported_names,
    hide_others,
    private_copies,
)

GLOBAL, LOCAL, UNDEFINED, ABSOLUTE, DEBUGGING = 0x0F, 0x0E, 0x01, 0x03, 0x64
PRIVATE = 0x1F


def make_archive(members: dict[bytes, bytes]) -> bytes:
    """Return an archive; names of more than 16 bytes are in BSD's form."""
    content = b"!<arch>\n"
    for name, data in members.items():
        is_long = len(name) > 16
        field = b"#1/%d" % len(name) if is_long else name
        body = name + data if is_long else data
        content += b"%-16s%-32s%-10d`\n" % (field, b"0", len(body)) + body
        content += b"\n" * (len(body) % 2)
    return content


def kinds_of(data: bytes) -> list[int]:
    place = data.index(struct.pack("<I", 0xFEEDFACF))
    table, number = struct.unpack_from("<II", data, place + 32 + 8 + 8)
    return [data[place + table + 16 * index + 4] for index in range(number)]


def test_only_definitions_are_hidden(make_object) -> None:
    names = ["_kept", "_global", "_local", "_undefined", "_absolute", "_debugging"]
    kinds = [GLOBAL, GLOBAL, LOCAL, UNDEFINED, ABSOLUTE, DEBUGGING]
    data = bytearray(make_object(names, kinds))
    assert hide_others(data, {"_kept"}.__contains__) == 2
    hidden = [GLOBAL, PRIVATE, LOCAL, UNDEFINED, ABSOLUTE | 0x10, DEBUGGING]
    assert kinds_of(data) == hidden
    assert hide_others(data, {"_kept"}.__contains__) == 0


def test_all_members_of_an_archive(make_object) -> None:
    one = make_object(["_a", "_kept"])
    members = {b"lib.rmeta/": b"odd", b"a-very-long-name.rcgu.o": one, b"b.o/": one}
    data = bytearray(make_archive(members))
    assert hide_others(data, {"_kept"}.__contains__) == 2
    changed = bytearray(one)
    hide_others(changed, {"_kept"}.__contains__)
    assert data.count(changed) == 2
    assert len(data) == len(make_archive(members))


@pytest.mark.parametrize(
    "data", [b"", b"BC\xc0\xde" + bytes(60), b"\x7fELF", b"!<thin>\n"]
)
def test_what_is_no_object_stays(data) -> None:
    assert hide_others(bytearray(data), set[str]().__contains__) == 0


def test_names(tmp_path) -> None:
    path = tmp_path / "list"
    path.write_text("# comment\n_a\n\n_b # why\n")
    assert exported_names(["-o", "x", "-Wl,-dead_strip"]) is None
    assert exported_names([f"-Wl,-exported_symbols_list,{path}"]) == {"_a", "_b"}
    words = ["-Wl,-exported_symbols_list", f"-Wl,{path}", "-Wl,-exported_symbol,_c"]
    assert exported_names(words) == {"_a", "_b", "_c"}
    assert exported_names(["-exported_symbols_list", str(path)]) == {"_a", "_b"}
    path.write_text("")
    assert exported_names([f"-Wl,-exported_symbols_list,{path}"]) == set()


def test_copies(make_object, tmp_path) -> None:
    first, second = tmp_path / "a.o", tmp_path / "libb.rlib"
    first.write_bytes(make_object(["_a", "_PyInit_x", "_PyInit_y"]))
    second.write_bytes(make_archive({b"b.o/": make_object(["_b"])}))
    done = tmp_path / "done.o"
    done.write_bytes(make_object(["_PyInit_z"]))
    output = tmp_path / "m.so"
    words = [str(first), "-lc", str(second), str(done), "none.o", "-o", str(output)]
    before = first.read_bytes()
    with private_copies(words, {"_PyInit_*"}) as copied:
        changed = [Path(copied[0]), Path(copied[2])]
        folder = tmp_path / "m.so.objects"
        assert changed == [folder / "1-a.o", folder / "2-libb.rlib"]
        assert kinds_of(changed[0].read_bytes()) == [PRIVATE, GLOBAL, GLOBAL]
        assert copied[1] == "-lc"
        assert copied[3:] == words[3:]
    assert not folder.exists()
    assert first.read_bytes() == before
