from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from ferrule.errors.formats import BrokenArchiveError
from ferrule.formats.archive import is_archive, read_archive

LONG = "a_member_with_a_long_name.o"


def member(name, content=b"", time=b"0", mode=b"644"):
    head = name.ljust(16) + time.ljust(12) + b"0".ljust(6) * 2 + mode.ljust(8)
    head += str(len(content)).encode().ljust(10) + b"`\n"
    return head + content + b"\n" * (len(content) % 2)


def short_import(symbol, dll, kind=1, ordinal=17):
    data = symbol.encode() + b"\0" + dll.encode() + b"\0"
    head = (0, 0xFFFF, 0, 0x8664, 0, len(data), ordinal, kind << 2)
    return struct.pack("<4H2I2H", *head) + data


INDEX = struct.pack(">3I", 2, 100, 200) + b"zwei\0eins\0"
GNU = b"!<arch>\n" + b"".join(
    [
        member(b"/", INDEX),
        member(b"//", LONG.encode() + b"/\n"),
        member(b"/0", b"content", b"1234", b"100755"),
        member(b"short.o/", b"x"),
    ]
)
BSD_INDEX = struct.pack("<5I", 16, 0, 0, 5, 0) + struct.pack("<I", 10) + b"eins\0zwei\0"
BSD = b"!<arch>\n" + b"".join(
    [
        member(b"#1/20", b"__.SYMDEF SORTED\0\0\0\0" + BSD_INDEX),
        member(b"#1/28", LONG.encode() + b"\0" + b"content"),
        member(b"short.o", b"x"),
    ]
)
COFF = b"!<arch>\n" + b"".join(
    [
        member(b"/", INDEX, b"-1"),
        member(b"/", b"second"),
        member(b"//", b"the_python_library.dll\0"),
        member(b"/0", short_import("PyList_New", "python3.dll")),
        member(b"/0", short_import("by_number", "other.dll", kind=0)),
    ]
)


def read_all(content):
    found = read_archive(content)
    _ = found.symbols, found.imports, found.dlls
    if not found.is_thin:
        for item in found.members:
            found.content(item)


@pytest.mark.parametrize(("content", "kind"), [(GNU, "gnu"), (BSD, "bsd")])
def test_members_and_symbols(content, kind):
    found = read_archive(content)
    assert (found.kind, found.is_thin) == (kind, False)
    assert [item.name for item in found.members] == [LONG, "short.o"]
    contents = [bytes(found.content(item)) for item in found.members]
    assert contents == [b"content", b"x"]
    assert found.symbols == ("eins", "zwei")
    assert found.dlls == ()


def test_times_and_modes():
    first, second = read_archive(GNU).members
    assert (first.modified, first.mode) == (1234, 0o100755)
    assert (second.modified, second.mode) == (0, 0o644)


def test_import_libraries_of_microsoft():
    found = read_archive(COFF)
    assert found.kind == "coff"
    assert found.dlls == ("other.dll", "python3.dll")
    first, second = found.imports
    assert (first.symbol, first.dll, first.ordinal) == (
        "PyList_New",
        "python3.dll",
        None,
    )
    assert (second.symbol, second.ordinal, second.machine) == ("by_number", 17, 0x8664)


def test_thin_archives_hold_paths():
    content = b"!<thin>\n" + member(b"/", INDEX) + member(b"//", b"../lib/one.o/\n")
    header = member(b"/0", b"x" * 1000)[:60]
    found = read_archive(content + header)
    assert found.is_thin
    assert [(item.name, item.size) for item in found.members] == [
        ("../lib/one.o", 1000)
    ]
    assert (found.imports, found.dlls) == ((), ())
    with pytest.raises(
        BrokenArchiveError, match=r"thin: ../lib/one.o is a file of its"
    ):
        found.content(found.members[0])


def test_an_archive_may_be_empty():
    found = read_archive(b"!<arch>\n")
    assert (found.members, found.symbols) == ((), ())
    assert is_archive(b"!<thin>\n")
    assert not is_archive(b"!<arch>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#!/bin/sh\n", "does not begin with the signature of archives"),
        (b"!<arch>\n" + b"x" * 60, "a member's header has no end mark"),
        (b"!<arch>\n" + b"x" * 59, "ends before a member's header"),
        (GNU[:-4], "ends before a member"),
        (GNU.replace(b"/0   ", b"/99  "), "a long name lies outside of its table"),
        (b"!<arch>\n" + member(b"#1/9", b"x"), "name is longer than the member"),
        (b"!<arch>\n" + member(b"a", mode=b"9"), "number in a member's header is none"),
        (
            b"!<arch>\n" + member(b"a", time=b"1x"),
            "number in a member's header is none",
        ),
        (b"!<arch>\n" + member(b"/", struct.pack(">I", 9)), "ends before the index"),
        (b"!<arch>\n" + member(b"/", struct.pack(">2I", 1, 0)), "fewer names than"),
    ],
)
def test_broken_archives(content, reason):
    with pytest.raises(BrokenArchiveError, match=reason) as caught:
        read_all(content)
    assert "cannot be read as an archive of object files" in str(caught.value)


@pytest.mark.parametrize("content", [GNU, BSD, COFF], ids=["gnu", "bsd", "coff"])
def test_damage_never_surprises(content, truncated_everywhere, damaged_anywhere):
    truncated_everywhere(content, read_all)
    damaged_anywhere(content, read_all)


def run(*command, cwd):
    subprocess.run(list(command), cwd=cwd, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
@pytest.mark.parametrize(
    ("tool", "options", "kind", "thin"),
    [
        ("ar", ["rcs"], "gnu", False),
        ("ar", ["rcsT"], "gnu", True),
        ("llvm-ar", ["--format=gnu", "rcs"], "gnu", False),
        ("llvm-ar", ["--format=bsd", "rcs"], "bsd", False),
        ("llvm-ar", ["--format=darwin", "rcs"], "bsd", False),
    ],
)
def test_archives_of_real_tools(tmp_path, tool, options, kind, thin):
    if not shutil.which(tool):
        pytest.skip(f"needs {tool}")
    (tmp_path / "one.c").write_text("int eins(void) { return 1; }\n")
    run("cc", "-c", "one.c", "-o", LONG, cwd=tmp_path)
    shutil.copy(tmp_path / LONG, tmp_path / "two.o")
    run(tool, *options, "lib.a", LONG, "two.o", cwd=tmp_path)
    found = read_archive(tmp_path / "lib.a")
    assert found.is_thin == thin
    assert found.kind == kind
    assert [item.name for item in found.members] == [LONG, "two.o"]
    assert {item.lstrip("_") for item in found.symbols} <= {"eins"}
    size = (tmp_path / LONG).stat().st_size
    assert found.members[0].size in (size, size + -size % 8)
    if not thin:
        assert bytes(found.content(found.members[0])[:4]) == b"\x7fELF"


@pytest.mark.parametrize("tool", ["llvm-dlltool", "x86_64-w64-mingw32-dlltool"])
def test_import_libraries_of_real_tools(tmp_path, tool):
    if not shutil.which(tool):
        pytest.skip(f"needs {tool}")
    definition = "LIBRARY python3.dll\nEXPORTS\nPyList_New\nPyLong_Type DATA\n"
    (tmp_path / "python3.def").write_text(definition)
    command = ["-d", "python3.def", "-D", "python3.dll", "-l", "python3.lib"]
    run(tool, "-m", "i386:x86-64", *command, cwd=tmp_path)
    found = read_archive(tmp_path / "python3.lib")
    assert found.dlls == ("python3.dll",)
    assert "PyList_New" in found.symbols
