from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess

import pytest

from ferrule.errors.formats import (
    BinaryEditError,
    BrokenBinaryError,
    HeaderSpaceError,
)
from ferrule.formats.macho import read_macho
from ferrule.formats.macho_edit import MachOEdit, edit_macho
from ferrule.formats.macho_signature import verify_signature

ARM64, X86_64 = (0x0100000C, 0), (0x01000007, 3)
OLD = ("/opt/libz.1.dylib", 0xC)
EDIT = MachOEdit(
    install_name="/DLC/core/libcore-12345678.dylib",
    libraries={"/opt/libz.1.dylib": "@loader_path/../.dylibs/libz-12345678.1.dylib"},
    rpaths=("@loader_path/a", "@loader_path/b", "@loader_path/a"),
)


def edited(content, edit=EDIT, name="libcore.dylib"):
    return edit_macho(content, edit, name).apply(content)


def only(content):
    (found,) = read_macho(content).slices
    return found


def independent_hash_check(content):
    """Recompute the signature of a thin file from the format's description."""
    commands = only(content).image
    offset, size = commands.fields(commands.find(0x1D), "2I")
    blob = content[offset : offset + size]
    assert offset % 16 == 0
    assert offset + size == len(content)
    magic, length, count, slot, start = struct.unpack(">5I", blob[:20])
    assert (magic, count, slot, start) == (0xFADE0CC0, 1, 0, 20)
    assert length <= size
    directory = blob[start:]
    assert directory[:4] == bytes.fromhex("fade0c02")
    version, flags, hashes, name = struct.unpack(">4I", directory[8:24])
    assert (version, flags) == (0x20400, 0x20002)
    special, pages, limit = struct.unpack(">3I", directory[24:36])
    assert (special, limit) == (0, offset)
    assert tuple(directory[36:40]) == (32, 2, 0, 12)
    for number in range(pages):
        page = content[number * 4096 : min((number + 1) * 4096, limit)]
        place = hashes + 32 * number
        assert directory[place : place + 32] == hashlib.sha256(page).digest()
    assert pages == -(-limit // 4096)
    base, text_size, is_program = struct.unpack(">3Q", directory[64:88])
    text = next(x for x in only(content).segments if x.name == "__TEXT")
    assert (base, text_size, is_program) == (text.offset, text.file_size, 0)
    return directory[name:].split(b"\0")[0].decode()


@pytest.mark.parametrize("cpu", [ARM64, X86_64])
def test_all_names_change(macho_image, cpu):
    content = macho_image(cpu=cpu, libraries=(OLD,), rpaths=("/x", "/y"), pad=512)
    before, after = only(content), only(edited(content))
    assert after.install_name == "/DLC/core/libcore-12345678.dylib"
    assert after.needed == ("@loader_path/../.dylibs/libz-12345678.1.dylib",)
    assert after.rpaths == ("@loader_path/a", "@loader_path/b")
    assert after.libraries[0].current == before.libraries[0].current
    assert (after.imports, after.exports) == (before.imports, before.exports)
    assert (after.signature is not None) == (cpu == ARM64)


def test_arm64_is_signed_as_linkers_do(macho_image):
    result = edited(macho_image(libraries=(OLD,), pad=512))
    assert independent_hash_check(result) == "libcore-12345678.dylib"
    found = only(result)
    assert verify_signature(found.image)
    assert found.signature.is_adhoc
    assert found.signature.flags & 0x20000  # CS_LINKER_SIGNED
    assert not found.signature.has_certificate
    linkedit = found.segments[-1]
    assert linkedit.offset + linkedit.file_size == len(result)
    assert linkedit.memory_size % 0x4000 == 0


def test_a_signature_is_replaced_and_keeps_its_name(macho_image):
    first = edited(macho_image(libraries=(OLD,), pad=512), name="x")
    second = edited(first, MachOEdit(rpaths=()))
    assert independent_hash_check(second) == "libcore-12345678.dylib"
    assert only(second).rpaths == ()
    third = edited(second, MachOEdit(rpaths=("/r",), identifier="org.core"))
    assert independent_hash_check(third) == "org.core"
    damaged = bytearray(third)
    damaged[-len(third) // 2] ^= 1
    assert not verify_signature(only(bytes(damaged)).image)


def test_bundles_get_no_install_name(macho_image):
    result = edited(macho_image(name="", libraries=(OLD,), pad=512, file_type=8))
    assert only(result).install_name == ""
    assert independent_hash_check(result) == "libcore.dylib"


def test_nothing_to_change_keeps_the_bytes(macho_image, fat_image):
    content = macho_image(libraries=(OLD,), rpaths=("/x",))
    same = MachOEdit(install_name="/usr/local/lib/libcore.dylib", rpaths=("/x",))
    assert edited(content, same) is content
    assert edited(content, MachOEdit(libraries={"/other": "/new"})) is content
    fat = fat_image((*ARM64, content))
    assert edited(fat, same) == fat


@pytest.mark.parametrize("wide", [False, True])
def test_slices_of_fat_files_are_laid_out_anew(macho_image, fat_image, wide):
    parts = [
        (*cpu, macho_image(cpu=cpu, libraries=(OLD,), pad=512))
        for cpu in (X86_64, ARM64)
    ]
    result = edited(fat_image(*parts, wide=wide))
    found = read_macho(result)
    assert [item.arch for item in found.slices] == ["x86_64", "arm64"]
    assert all(item.needed[0].startswith("@loader") for item in found.slices)
    assert found.slices[0].signature is None
    assert verify_signature(found.slices[1].image)
    thin = bytes(found.slices[1].image.view.data)
    independent_hash_check(thin)


def test_without_room_the_version_of_sources_is_given_up_first(macho_image):
    version = struct.pack("<4I", 0x2A, 16, 1, 2)
    room = macho_image(cpu=X86_64, pad=0, rpaths=("/x",), extra=(version,))
    available = only(room).segments[0].sections[0].offset - 32
    used = only(room).image.commands_size
    path = "/" + "p" * (available - used + 3 + 7)
    result = only(edited(room, MachOEdit(rpaths=(path,))))
    assert result.rpaths == (path,)
    assert result.image.find(0x2A) is None


def test_full_headers_are_refused(macho_image):
    content = macho_image(libraries=(OLD,), pad=0)
    with pytest.raises(HeaderSpaceError) as caught:
        edited(content, MachOEdit(rpaths=("/" + "long" * 100,)))
    error = caught.value
    assert str(error) == (
        "libcore.dylib cannot be changed\n"
        f"  its load commands would need {error.wanted} bytes, and "
        f"{error.available} are free for them\n"
        "  fix: link it with -Wl,-headerpad_max_install_names, or choose shorter names"
    )
    assert error.wanted > error.available


def test_what_cannot_be_signed_is_refused(macho_image):
    with pytest.raises(BinaryEditError, match="its link information is not at its end"):
        edited(macho_image() + b"more")
    content = edited(macho_image(libraries=(OLD,), pad=512))
    image = only(content).image
    moved = bytearray(content)
    place = image.find(0x1D).offset
    struct.pack_into("<I", moved, place + 12, 16)
    with pytest.raises(BinaryEditError, match="its signature is not at its end"):
        edited(bytes(moved), MachOEdit(rpaths=("/new",)))


def test_damage_never_surprises(macho_image, truncated_everywhere, damaged_anywhere):
    content = edited(macho_image(code=b"\0" * 64, libraries=(OLD,), pad=512))
    edit = MachOEdit(rpaths=("/new",), install_name="/n")
    allowed = (BrokenBinaryError, BinaryEditError)

    def change(damaged):
        edited(damaged, edit)

    truncated_everywhere(content, change, step=3, allowed=allowed)
    damaged_anywhere(content, change, allowed=allowed)


@pytest.mark.skipif(shutil.which("llvm-objdump") is None, reason="needs LLVM")
def test_llvm_reads_the_result(macho_image, tmp_path):
    path = tmp_path / "libcore.dylib"
    path.write_bytes(edited(macho_image(libraries=(OLD,), pad=512)))
    command = ["llvm-objdump", "--macho", "--private-headers", path]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "libz-12345678.1.dylib" in shown.stdout
    assert "LC_CODE_SIGNATURE" in shown.stdout
    assert "warning" not in shown.stderr
