from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from ferrule.errors.formats import (
    BinaryEditError,
    BrokenBinaryError,
    BrokenPeError,
)
from ferrule.formats.pe import read_pe
from ferrule.formats.pe_edit import PeEdit, compute_checksum, edit_pe

WIDTHS = [pytest.param(True, id="PE32+"), pytest.param(False, id="PE32")]
IMPORTS = (("KERNEL32.dll", ("Sleep",)), ("libz.dll", ("inflate", 17)))
LONGER = {"LIBZ.DLL": "libz-0123456789abcdef.dll"}


def edited(content, imports):
    return edit_pe(content, PeEdit(imports), "core.pyd").apply(content)


def slow_checksum(content):
    """Compute it word by word, as the format's description says."""
    place = read_pe(content).image.optional + 64
    blank = content[:place] + bytes(4) + content[place + 4 :]
    total = 0
    for (word,) in struct.iter_unpack("<H", blank + bytes(len(blank) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total + len(content)


@pytest.mark.parametrize("wide", WIDTHS)
def test_a_shorter_name_is_written_in_place(pe_image, wide):
    content = pe_image(wide=wide, imports=IMPORTS)
    result = edited(content, {"libz.dll": "z.dll"})
    found = read_pe(result)
    assert found.needed == ("KERNEL32.dll", "z.dll")
    assert len(result) == len(content)
    assert found.imports[1].symbols == read_pe(content).imports[1].symbols
    assert found.checksum == slow_checksum(result)


@pytest.mark.parametrize("wide", WIDTHS)
def test_a_longer_name_goes_to_the_unused_end_of_a_section(pe_image, wide):
    content = pe_image(wide=wide, imports=IMPORTS, slack=64)
    result = edited(content, LONGER)
    found = read_pe(result)
    assert found.needed == ("KERNEL32.dll", "libz-0123456789abcdef.dll")
    assert len(result) == len(content)
    assert [item.name for item in found.sections] == [".text", ".rdata"]
    rdata = found.sections[1]
    assert rdata.memory_size > read_pe(content).sections[1].memory_size
    assert rdata.memory_size <= rdata.size
    assert found.checksum == slow_checksum(result)


@pytest.mark.parametrize("wide", WIDTHS)
def test_without_unused_ends_a_section_is_added(pe_image, wide):
    content = pe_image(wide=wide, imports=IMPORTS, slack=None)
    result = edited(content, LONGER)
    found = read_pe(result)
    assert found.needed == ("KERNEL32.dll", "libz-0123456789abcdef.dll")
    added = found.sections[-1]
    assert added.name == ".ferrule"
    assert added.flags == 0x40000040
    assert added.address % 0x1000 == 0
    assert added.offset % 0x200 == 0
    assert added.offset + added.size == len(result)
    assert found.image.image_size == added.address + 0x1000
    assert found.checksum == slow_checksum(result)
    again = edited(result, {"libz-0123456789abcdef.dll": "other-0123456789abcdef.dll"})
    assert len(again) == len(result)
    assert read_pe(again).needed[1] == "other-0123456789abcdef.dll"


@pytest.mark.parametrize("wide", WIDTHS)
@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("name", ["u.dll", "libz-0123456789abcdef.dll"])
def test_delayed_imports_are_renamed_too(pe_image, wide, old, name):
    delayed = (("libz.dll", ("inflate",)),)
    content = pe_image(wide=wide, imports=IMPORTS, delayed=delayed, old_delay=old)
    found = read_pe(edited(content, {"libz.dll": name}))
    assert found.delayed == (name,)
    assert found.needed == ("KERNEL32.dll", name)
    assert found.imports[2].symbols == read_pe(content).imports[2].symbols


def test_what_no_longer_holds_is_removed(pe_image):
    content = pe_image(
        imports=IMPORTS, signature=b"s" * 24, load_flags=0x800, bound=True
    )
    assert read_pe(content).is_signed
    result = edited(content, LONGER)
    found = read_pe(result)
    assert not found.is_signed
    assert b"s" * 24 not in result
    assert found.dependent_load_flags == 0
    assert found.image.directory(11).size == 0
    start = found.image.offset_of(found.image.directory(1).address, "")
    assert struct.unpack_from("<I", result, start + 4) == (0,)
    assert found.checksum == slow_checksum(result)


def test_a_signature_between_other_data_stays_as_dead_bytes(pe_image):
    content = pe_image(imports=IMPORTS, signature=b"s" * 24) + b"more"
    result = edited(content, {"libz.dll": "z.dll"})
    assert len(result) == len(content)
    assert not read_pe(result).is_signed


def test_nothing_to_rename_keeps_the_bytes(pe_image):
    content = pe_image(imports=IMPORTS, signature=b"s" * 24)
    assert edited(content, {"other.dll": "new.dll"}) is content
    assert edited(content, {"libz.dll": "libz.dll"}) is content


def test_a_header_without_room_is_an_error(pe_image):
    content = pe_image(imports=IMPORTS, slack=None, more_sections=13)
    with pytest.raises(BinaryEditError) as caught:
        edited(content, LONGER)
    assert str(caught.value) == (
        "core.pyd cannot be changed\n"
        "  its header has no room for one more section\n"
        "  fix: link it with DLLs of the wanted names, or choose names that "
        "are not longer"
    )


def test_foreign_data_behind_the_sections_is_an_error(pe_image):
    content = pe_image(imports=IMPORTS, slack=None, overlay=b"PK\5\6" + bytes(18))
    with pytest.raises(BinaryEditError) as caught:
        edited(content, LONGER)
    assert str(caught.value) == (
        "core.pyd cannot be changed\n"
        "  foreign data follow its sections, and may be searched from the end\n"
        "  fix: rename its DLLs before the data are appended"
    )


def test_an_impossible_alignment_is_refused(pe_image):
    content = bytearray(pe_image(imports=IMPORTS, slack=None))
    struct.pack_into("<I", content, 0x98 + 36, 1 << 31)
    with pytest.raises(BrokenPeError, match="have an impossible alignment"):
        edited(bytes(content), LONGER)


def test_the_checksum_does_not_depend_on_the_chunks(pe_image):
    content = pe_image(overlay=b"odd")
    whole = compute_checksum([content])
    assert whole == slow_checksum(content)
    for size in (1, 3, 8, 1001):
        parts = [content[i : i + size] for i in range(0, len(content), size)]
        assert compute_checksum(parts) == whole
    assert compute_checksum([bytes(10)]) == 10
    assert compute_checksum([b"\xff\xff"]) == 0xFFFF + 2


@pytest.mark.parametrize("slack", [64, None])
def test_damage_never_surprises(
    pe_image, truncated_everywhere, damaged_anywhere, slack
):
    content = pe_image(imports=IMPORTS, slack=slack, signature=b"s" * 8, load_flags=1)
    allowed = (BrokenBinaryError, BinaryEditError)

    def change(damaged):
        edited(damaged, LONGER)

    truncated_everywhere(content, change, step=5, allowed=allowed)
    damaged_anywhere(content, change, allowed=allowed)


COMPILER = shutil.which("x86_64-w64-mingw32-gcc") or ""


@pytest.mark.skipif(
    not (COMPILER and shutil.which("llvm-readobj")), reason="needs MinGW and LLVM"
)
def test_a_real_library_of_mingw(tmp_path):
    source, library = tmp_path / "core.c", tmp_path / "core.dll"
    source.write_text(
        "#include <windows.h>\n"
        "__declspec(dllexport) int seven(void) { Sleep(0); return 7; }\n"
    )
    subprocess.run([COMPILER, "-shared", source, "-o", library], check=True)
    content = library.read_bytes()
    before = read_pe(content)
    # MinGW's linker computes the checksum by itself.
    assert before.checksum == slow_checksum(content)
    result = edited(content, {item: f"renamed-{item}" for item in before.needed})
    library.write_bytes(result)
    command = ["llvm-readobj", "--coff-imports", "--sections", library]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    for item in before.needed:
        assert f"Name: renamed-{item}" in shown.stdout
    after = read_pe(result)
    assert after.checksum == slow_checksum(result)
    assert [x.symbols for x in after.imports] == [x.symbols for x in before.imports]
    assert "seven" in after.defined
