from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf import exported_inits, read_elf
from ferrule.formats.elf_image import DT_HASH, DT_SYMTAB
from ferrule.formats.elf_symbols import EM_S390, count_symbols
from ferrule.formats.view import View

SYMBOLS = [
    ("PyInit_core", True, False, ""),
    ("memcpy", False, False, "GLIBC_2.14"),
    ("__cxa_thread_atexit_impl", False, True, "GLIBC_2.18"),
    ("PyModExport_core", True, False, ""),
]
CONTENT = {
    "needed": ["libgcc_s.so.1", "libpython3.12.so.1.0", "libc.so.6"],
    "soname": "libcore.so",
    "rpath": "$ORIGIN/a:/b",
    "runpath": "/c",
    "symbols": SYMBOLS,
    "versions": {
        "libc.so.6": ["GLIBC_2.14", "GLIBC_2.18"],
        "libgcc_s.so.1": ["GCC_3.0"],
    },
}
LAYOUTS = [
    pytest.param(64, True, id="64-little"),
    pytest.param(64, False, id="64-big"),
    pytest.param(32, True, id="32-little"),
    pytest.param(32, False, id="32-big"),
]


@pytest.mark.parametrize(("bits", "little"), LAYOUTS)
@pytest.mark.parametrize("gnu_hash", [False, True])
def test_everything_is_read(elf_image, bits, little, gnu_hash):
    elf = read_elf(elf_image(bits=bits, little=little, gnu_hash=gnu_hash, **CONTENT))
    assert (elf.bits, elf.is_little_endian) == (bits, little)
    assert elf.needed == ("libgcc_s.so.1", "libpython3.12.so.1.0", "libc.so.6")
    assert elf.soname == "libcore.so"
    assert elf.rpath == ("$ORIGIN/a", "/b")
    assert elf.runpath == ("/c",)
    assert elf.defined == {"PyInit_core", "PyModExport_core"}
    assert elf.undefined == {"memcpy"}
    assert [(need.library, need.versions) for need in elf.version_needs] == [
        ("libc.so.6", ("GLIBC_2.14", "GLIBC_2.18")),
        ("libgcc_s.so.1", ("GCC_3.0",)),
    ]
    versions = {item.name: item.version for item in elf.imports + elf.exports}
    assert versions["memcpy"] == "GLIBC_2.14"
    assert versions["PyInit_core"] == ""


def test_a_gnu_hash_without_exports_still_counts_the_imports(elf_image):
    image = elf_image(symbols=SYMBOLS[1:2], gnu_hash=True)
    assert read_elf(image).undefined == {"memcpy"}


@pytest.mark.parametrize(
    ("machine", "bits", "little", "flags", "arch"),
    [
        (62, 64, True, 0, "x86_64"),
        (62, 32, True, 0, ""),
        (3, 32, True, 0, "i686"),
        (183, 64, True, 0, "aarch64"),
        (40, 32, True, 0x05000400, "armv7l"),
        (40, 32, True, 0x05000200, ""),
        (21, 64, True, 0, "ppc64le"),
        (21, 64, False, 0, "ppc64"),
        (22, 64, False, 0, "s390x"),
        (243, 64, True, 0, "riscv64"),
        (258, 64, True, 0, "loongarch64"),
        (8, 32, True, 0, ""),
    ],
)
def test_architectures(elf_image, machine, bits, little, flags, arch):
    image = elf_image(machine=machine, bits=bits, little=little, flags=flags)
    assert read_elf(image).arch == arch


def test_interpreter_and_isa_level(elf_image):
    elf = read_elf(elf_image(interpreter="/lib64/ld-linux-x86-64.so.2", isa=0b101))
    assert elf.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert elf.isa_level == 3
    assert read_elf(elf_image()).isa_level == 1


def test_exported_inits(elf_image, tmp_path):
    assert exported_inits(elf_image(**CONTENT)) == ["PyInit_core", "PyModExport_core"]
    assert exported_inits(b"\xcf\xfa\xed\xfe, a Mach-O file") is None
    path = tmp_path / "libcore.so"
    path.write_bytes(elf_image(**CONTENT))
    assert exported_inits(path) == ["PyInit_core", "PyModExport_core"]
    with pytest.raises(ReadError, match=r"cannot read .*missing.so"):
        exported_inits(tmp_path / "missing.so")


def test_errors_name_the_file_and_the_reason(tmp_path):
    path = tmp_path / "a.so"
    path.write_bytes(b"")
    with pytest.raises(BrokenElfError, match=r"(?s)a.so cannot be read .*is empty"):
        read_elf(path)
    path.write_bytes(b"#!/bin/sh\nexit 0 # a script\n")
    with pytest.raises(BrokenElfError, match="does not begin with the ELF signature"):
        read_elf(path)
    with pytest.raises(ReadError, match="No such file"):
        read_elf(tmp_path / "missing.so")


def read_all(content):
    found = read_elf(content)
    _ = found.imports, found.exports, found.sections, found.build_id
    _ = found.isa_level, found.version_needs, found.version_definitions
    _ = found.android_api, found.has_symbol_table


@pytest.mark.parametrize(("bits", "little"), LAYOUTS)
@pytest.mark.parametrize("gnu_hash", [False, True])
def test_damage_never_surprises(
    elf_image, truncated_everywhere, damaged_anywhere, bits, little, gnu_hash
):
    options = {"bits": bits, "little": little, "gnu_hash": gnu_hash}
    image = elf_image(interpreter="/lib/ld.so", isa=1, **options, **CONTENT)
    truncated_everywhere(image, read_all, step=3)
    damaged_anywhere(image, read_all, examples=120)


def test_names_that_share_bytes_too_often_are_refused(elf_image):
    symbols = [("y", True, False, "")] * 2000
    image = bytearray(elf_image(symbols=symbols, soname="x" * 20000))
    for place in symbol_places(bytes(image)):
        image[place : place + 4] = (1).to_bytes(4, "little")
    with pytest.raises(BrokenElfError, match="longer than the file can hold"):
        assert read_elf(bytes(image)).exports


def symbol_places(image):
    """Return where symbols lie: all have the same binding, type and section."""
    marker = bytes([0x12, 0, 5, 0])
    places, start = [], 0
    while (found := image.find(marker, start)) >= 0:
        places.append(found - 4)
        start = found + 4
    return places


@pytest.mark.skipif(sys.platform != "linux", reason="needs ELF files")
def test_real_modules_of_this_python():
    modules = sorted(Path(os.__file__).parent.glob("lib-dynload/*.so"))
    if not modules:
        pytest.skip("this Python has its modules built in")
    for path in modules[:10]:
        assert f"PyInit_{path.name.split('.')[0]}" in read_elf(path).defined
        assert exported_inits(path)


COMPILER = shutil.which("cc") or ""


@pytest.mark.skipif(sys.platform != "linux" or not COMPILER, reason="needs cc on Linux")
def test_what_a_real_compiler_writes(tmp_path):
    source, script = tmp_path / "seven.c", tmp_path / "seven.map"
    source.write_text(
        "#include <stdio.h>\n"
        '__attribute__((visibility("hidden"))) int secret(void) { return 6; }\n'
        'int seven(void) { puts("7"); return secret() + 1; }\n'
    )
    script.write_text("SEVEN_1.0 { global: seven; local: *; };\n")
    library = tmp_path / "libseven.so"
    command = [COMPILER, "-g", "-shared", "-fPIC", source, "-o", library]
    command += [f"-Wl,--version-script={script}", "-Wl,--build-id", "-Wl,-z,now"]
    subprocess.run(
        [*command, "-Wl,-z,execstack", "-Wl,-z,relro"], check=True, capture_output=True
    )
    found = read_elf(library)
    assert found.version_definitions == ("SEVEN_1.0",)
    exports = {item.name: item.version for item in found.exports}
    assert exports["seven"] == "SEVEN_1.0"
    assert "secret" not in exports
    assert {item.name for item in found.imports} >= {"puts"}
    assert found.has_executable_stack
    assert found.has_symbol_table
    assert found.relro == "full"
    assert found.kind == 3
    assert not found.has_text_relocations
    assert len(found.build_id) == 40
    assert ".dynsym" in [item.name for item in found.sections]
    shown = subprocess.run(
        ["readelf", "-n", library], check=True, capture_output=True, text=True
    )
    assert found.build_id in shown.stdout
    subprocess.run(["strip", library], check=True)
    stripped = read_elf(library)
    assert not stripped.has_symbol_table
    assert stripped.exports == found.exports


def test_stacks_of_files_that_do_not_say(elf_image):
    assert read_elf(elf_image(machine=62)).has_executable_stack
    assert not read_elf(elf_image(machine=183)).has_executable_stack


@pytest.mark.parametrize(
    ("machine", "content", "count"),
    [
        # GNU ld's numbers are 64 bits wide there, lld's are not.
        (EM_S390, struct.pack(">2Q", 3, 7), 7),
        (EM_S390, struct.pack(">2I", 3, 7), 7),
        (62, struct.pack(">2I", 3, 7), 7),
    ],
)
def test_numbers_of_symbols_on_big_machines(machine, content, count):
    view = View(memoryview(content + bytes(200)), "x.so", BrokenElfError, ">")
    image = SimpleNamespace(
        tags={DT_SYMTAB: 0, DT_HASH: 0},
        view=view,
        is_64=True,
        machine=machine,
        offset_of=lambda address, _: address,
    )
    assert count_symbols(image) == count


def _with_note_segment(content, *, align=None, grow=0):
    """Return an image whose note segment has another alignment and size."""
    content = bytearray(content)
    start, size, count = 0x40, 56, int.from_bytes(content[0x38:0x3A], "little")
    for place in range(start, start + size * count, size):
        if int.from_bytes(content[place : place + 4], "little") == 4:
            if align is not None:
                content[place + 48 : place + 56] = align.to_bytes(8, "little")
            length = int.from_bytes(content[place + 32 : place + 40], "little") + grow
            content[place + 32 : place + 40] = length.to_bytes(8, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, 24),
        ({"align": 32}, 0),  # other data, as SQLite extensions of apsw have it
        ({"grow": 1000}, 24),  # where old patchelf leaves segments of notes
        ({"grow": -8}, 0),
    ],
)
def test_notes_that_are_none(elf_image, change, level):
    content = _with_note_segment(elf_image(api=24), **change)
    found = read_elf(content + b"\xff" * 64)
    assert (found.android_api, found.build_id) == (level, "")
