from __future__ import annotations

import struct

import pytest

from ferrule.errors.formats import BrokenMachOError
from ferrule.formats.macho import is_macho, read_macho
from ferrule.formats.macho_signature import verify_signature

LIBRARIES = (
    ("/usr/lib/libSystem.B.dylib", 0xC),
    ("@rpath/libweak.dylib", 0x80000018),
    ("@rpath/libre.dylib", 0x8000001F),
    ("@rpath/libup.dylib", 0x80000023),
    ("@rpath/liblazy.dylib", 0x20),
)
IMPORTS = (("PyList_New", 1, False), ("maybe", 2, True), ("anywhere", -2, False))


def read_all(content):
    for item in read_macho(content).slices:
        _ = item.imports, item.exports, item.sections, item.signature
        _ = item.has_symbol_table, item.undefined
        verify_signature(item.image)


def only(content):
    (found,) = read_macho(content).slices
    return found


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("little", [True, False])
def test_load_commands(macho_image, bits, little):
    content = macho_image(
        bits=bits, little=little, libraries=LIBRARIES, rpaths=("@loader_path", "/x"),
        bindings="none",
    )  # fmt: skip
    found = only(content)
    assert (found.bits, found.is_little_endian) == (bits, little)
    assert found.install_name == "/usr/local/lib/libcore.dylib"
    assert found.needed == tuple(name for name, _ in LIBRARIES)
    kinds = [item.kind for item in found.libraries]
    assert kinds == ["load", "weak", "reexport", "upward", "lazy"]
    assert found.libraries[0].current == "5.0"
    assert found.libraries[0].compatibility == "1.0"
    assert found.rpaths == ("@loader_path", "/x")
    assert (found.platform, found.minimum_os, found.sdk) == ("macos", "11.0", "14.5")
    assert found.uuid == bytes(range(16)).hex()
    assert found.signature is None
    assert not verify_signature(found.image)
    assert not found.has_symbol_table
    assert [item.name for item in found.sections] == ["__text"]


@pytest.mark.parametrize("bindings", ["chained", "opcodes", "none"])
def test_imports_and_exports_of_every_kind_of_table(macho_image, bindings):
    found = only(
        macho_image(
            imports=IMPORTS, exports=("PyInit_core", "other"), bindings=bindings,
            libraries=LIBRARIES,
        )
    )  # fmt: skip
    assert [tuple(item) for item in found.imports] == list(IMPORTS)
    assert found.undefined == {"PyList_New", "anywhere"}
    assert found.exports == ("PyInit_core", "other")
    libraries = [found.library_of(item) for item in found.imports]
    assert libraries == ["/usr/lib/libSystem.B.dylib", "@rpath/libweak.dylib", ""]


def test_bind_opcodes_are_read_where_symbols_were_stripped(macho_image):
    content = bytearray(macho_image(imports=IMPORTS, bindings="opcodes"))
    image = only(bytes(content)).image
    content[image.find(0xB).offset : image.find(0xB).offset + 4] = b"\xfd\0\0\0"
    assert [tuple(item) for item in only(bytes(content)).imports] == list(IMPORTS)


def test_where_the_table_of_symbols_names_no_library(macho_image):
    # As zig links: dyld looks at the bind information, and so must we.
    exports = ("PyInit_core",)
    content = bytearray(
        macho_image(imports=IMPORTS, exports=exports, bindings="opcodes")
    )
    image = only(bytes(content)).image
    table, *_ = image.fields(image.find(2), "4I")
    for row in range(len(exports), len(exports) + len(IMPORTS)):
        content[table + 16 * row + 7] = 0
    assert [tuple(item) for item in only(bytes(content)).imports] == list(IMPORTS)
    # What is not bound has no use any more.
    last = content.rindex(b"_anywhere")
    content[last : last + 9] = b"_unneeded"
    assert [tuple(item) for item in only(bytes(content)).imports] == list(IMPORTS[:2])


def test_a_library_may_be_named_after_the_symbol(macho_image):
    content = bytearray(macho_image(imports=IMPORTS, bindings="opcodes"))
    image = only(bytes(content)).image
    content[image.find(0xB).offset : image.find(0xB).offset + 4] = b"\xfd\0\0\0"
    place = content.index(b"_PyList_New\0") - 2
    first = content[place : place + 14]
    content[place : place + 14] = first[1:13] + first[:1] + first[13:]
    assert [tuple(item) for item in only(bytes(content)).imports] == list(IMPORTS)


@pytest.mark.parametrize("wide", [False, True])
def test_fat_files(macho_image, fat_image, wide):
    first = macho_image(cpu=(0x01000007, 3))
    second = macho_image(cpu=(0x0100000C, 0), rpaths=("/y",))
    content = fat_image((0x01000007, 3, first), (0x0100000C, 0, second), wide=wide)
    found = read_macho(content)
    assert found.is_fat
    assert [item.arch for item in found.slices] == ["x86_64", "arm64"]
    assert found.slices[1].rpaths == ("/y",)
    assert found.slices[1].imports[0].name == "PyList_New"


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        (0x24, (0xA0D00, 0), ("macos", "10.13", "")),
        (0x25, (0xD0102, 0), ("ios", "13.1.2", "")),
    ],
)
def test_old_commands_name_the_system(macho_image, kind, numbers, expected):
    content = bytearray(macho_image())
    place = only(bytes(content)).image.find(0x32).offset
    struct.pack_into("<I", content, place, kind)
    struct.pack_into("<2I", content, place + 8, *numbers)
    found = only(bytes(content))
    assert (found.platform, found.minimum_os, found.sdk) == expected


def test_other_platforms_have_names_too(macho_image):
    content = bytearray(macho_image())
    place = only(bytes(content)).image.find(0x32).offset
    for number, name in ((7, "ios-simulator"), (99, "platform99")):
        struct.pack_into("<I", content, place + 8, number)
        assert only(bytes(content)).platform == name


def test_the_later_form_of_the_library_command(macho_image):
    content = bytearray(macho_image(libraries=(("@rpath/libnew.dylib", 0xC),)))
    command = only(bytes(content)).image.find(0xC)
    name = b"@rpath/l.dylib\0"
    struct.pack_into("<5I", content, command.offset + 8, 28, 0x1A741800, 0, 0, 4)
    content[command.offset + 28 : command.offset + 28 + len(name)] = name
    assert only(bytes(content)).libraries[0].kind == "upward"
    assert only(bytes(content)).needed == ("@rpath/l.dylib",)


def test_signatures_of_files(macho_image):
    assert is_macho(macho_image()[:8])
    assert is_macho(b"\xca\xfe\xba\xbe\0\0\0\2")
    assert not is_macho(b"\xca\xfe\xba\xbe\0\0\0\x34")
    assert not is_macho(b"\x7fELF")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"#!/bin/sh\n", "does not begin with a signature of Mach-O"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "is a Java class, or its table has too many"),
        (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(16), "ends before the table of slices"),
        (b"\xca\xfe\xba\xbe\0\0\0\1" + b"\xff" * 20, "ends before a slice"),
        (
            b"\xca\xfe\xba\xbe\0\0\0\1" + struct.pack(">5I", 7, 3, 0, 8, 99),
            "a slice has an impossible alignment",
        ),
    ],
)
def test_what_is_no_macho_is_refused(content, reason):
    with pytest.raises(BrokenMachOError, match=reason):
        read_macho(content)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (16, 9999, "its load commands overlap what follows"),
        (36, 6, "a load command has an impossible size"),
        (36, 0x7FFFFFF8, "a load command has an impossible size"),
        (20, 1 << 30, "ends before the load commands"),
    ],
)
def test_broken_load_commands(macho_image, place, value, reason):
    content = bytearray(macho_image())
    struct.pack_into("<I", content, place, value)
    with pytest.raises(BrokenMachOError, match=reason):
        read_all(bytes(content))


def damaged_table(content, kind, place, change):
    """Overwrite the start of the table that a command points to."""
    image = only(content).image
    found = image.fields(image.find(kind), "10I" if kind == 0x80000022 else "2I")
    damaged = bytearray(content)
    damaged[found[place] : found[place] + len(change)] = change
    return bytes(damaged)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (b"\0\1\0\0", "its exports form no tree"),
        (b"\0\1a\0\xff\x7f", "its link information ends too early"),
        (b"\xff" * 12, "a number in its link information is too large"),
        (b"\x7f" * 60, "its link information ends too early"),
    ],
)
def test_a_trie_that_is_none(macho_image, change, reason):
    content = damaged_table(macho_image(), 0x80000033, 0, change)
    with pytest.raises(BrokenMachOError, match=reason):
        _ = only(content).exports


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (struct.pack("<7I", 0, 0, 28, 32, 1, 1, 1), "its imports are compressed"),
        (struct.pack("<7I", 0, 0, 28, 32, 1, 9, 0), "the unknown format 9"),
        (struct.pack("<7I", 0, 0, 28, 32, 1 << 31, 1, 0), "ends before the imports"),
        (struct.pack("<7I", 0, 0, 28, 9999, 1, 1, 0), "lies outside of its table"),
    ],
)
def test_fixups_that_are_broken(macho_image, change, reason):
    content = damaged_table(macho_image(), 0x80000034, 0, change)
    with pytest.raises(BrokenMachOError, match=reason):
        _ = only(content).imports


def test_the_other_formats_of_chained_imports(macho_image):
    rows = struct.pack("<Ii", 0xFE | 1 << 8 | 1 << 9, 5)
    second = struct.pack("<2Q", 0xFFFD | 1 << 32, 0)
    for form, row, expected in ((2, rows, -2), (3, second, -3)):
        table = (
            struct.pack("<7I", 0, 0, 28, 28 + len(row), 1, form, 0) + row + b"\0_a\0"
        )
        content = damaged_table(
            macho_image(imports=(("x" * 60, 1, False),)), 0x80000034, 0, table
        )
        found = only(content).imports
        assert found == (("a", expected, form == 2),)


@pytest.mark.parametrize("bindings", ["chained", "opcodes", "none"])
def test_damage_never_surprises(
    macho_image, fat_image, truncated_everywhere, damaged_anywhere, bindings
):
    content = macho_image(code=b"\0" * 64, pad=0, imports=IMPORTS, bindings=bindings)
    truncated_everywhere(content, read_all)
    damaged_anywhere(content, read_all)
    fat = fat_image((7, 3, content), align=2)
    truncated_everywhere(fat, read_all, step=5)
    damaged_anywhere(fat, read_all, examples=100)
