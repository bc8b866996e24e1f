from __future__ import annotations

import struct

import pytest

from ferrule.audit.checks.binaries import check_binaries, debug_size
from ferrule.formats.image import read_image
from ferrule.formats.macho_edit import MachOEdit, edit_macho

CHECK = check_binaries
SO = "a/x.so"


def with_sections(image, names_and_sizes):
    """Return a 64-bit ELF file with section headers added."""
    names, rows = b"\0", []
    for name, size in names_and_sizes:
        rows.append((len(names), 1, size))
        names += name.encode() + b"\0"
    rows.append((len(names), 3, 0))
    names += b".shstrtab\0"
    table = len(image) + len(names)
    headers = bytes(64)
    for at, kind, size in rows[:-1]:
        headers += struct.pack("<2I4Q2I2Q", at, kind, 0, 0, 0, size, 0, 0, 1, 0)
    at, kind, _ = rows[-1]
    place = (len(image), len(names), 0, 0, 1, 0)
    headers += struct.pack("<2I4Q2I2Q", at, kind, 0, 0, *place)
    changed = bytearray(image + names + headers)
    struct.pack_into("<Q", changed, 40, table)
    struct.pack_into("<3H", changed, 58, 64, len(rows) + 1, len(rows))
    return bytes(changed)


def test_sound_libraries(told, elf_image, pe_image, macho_image):
    intel = macho_image(cpu=INTEL)
    assert told({SO: elf_image(), "a/x.pyd": pe_image(), DYLIB: intel}) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is empty"),
        (b"text\n", "it is no binary, whatever its name says"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n",
            "it is a pointer of Git LFS, not the file itself",
        ),
        (b"\x7fELF" + bytes(60), "it is damaged: class or byte order is unknown"),
    ],
)
def test_broken_binary(told, content, what):
    assert told({SO: content}) == [("broken-binary", "error", SO, what)]


def test_modules_for_browsers(told):
    assert told({"a/x.cpython-313-wasm32-emscripten.so": b"\0asm\1\0\0\0"}) == []


def test_other_files_may_begin_like_binaries(told):
    assert told({"a/notes.txt": b"MZ is a signature of programs for Windows."}) == []


@pytest.mark.parametrize(
    ("size", "severity"), [(5 << 19, "warning"), (1 << 18, "note")]
)
def test_debug_info(told, elf_image, size, severity):
    sections = [(".debug_info", size // 2), (".zdebug_line", size // 2), (".text", 99)]
    image = with_sections(elf_image(), sections)
    assert debug_size(read_image(image)) == size
    what = f"{size / (1 << 20):.1f} MiB of it are debug information"
    assert told({SO: image}) == [("debug-info", severity, SO, what)]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("/opt/lib", "a folder of the machine that built it"),
        ("lib", "a folder below the one that a user happens to be in"),
        ("$ORIGIN/../../lib", "a folder outside of site-packages"),
        ("${ORIGIN}/../..", "a folder outside of site-packages"),
    ],
)
@pytest.mark.parametrize("kind", ["rpath", "runpath"])
def test_rpaths_of_elf(told, elf_image, entry, problem, kind):
    image = elf_image(**{kind: f"$ORIGIN:{entry}"})
    what = f"its rpath has {entry!r}: {problem}"
    assert told({SO: image}) == [("absolute-rpath", "warning", SO, what)]


@pytest.mark.parametrize(
    "entry", ["$ORIGIN", "$ORIGIN/../a.libs", "${ORIGIN}/lib", "$ORIGIN/../b/lib"]
)
def test_rpaths_that_stay_inside(told, elf_image, entry):
    assert told({SO: elf_image(runpath=entry)}) == []


def test_programs_are_installed_elsewhere(told, elf_image):
    path = "a-1.0.data/scripts/tool"
    assert told({path: elf_image(rpath="$ORIGIN/../lib/python/a.libs")}) == []


ARM, INTEL = (0x0100000C, 0), (0x01000007, 3)
DYLIB = "a/x.dylib"


def signed(image):
    return bytes(edit_macho(image, MachOEdit(rpaths=("@loader_path",))).apply(image))


def test_rpaths_of_macho(told, macho_image):
    entries = ["/usr/lib/swift", "@loader_path/..", "/Users/me/lib"]
    image = macho_image(rpaths=entries, cpu=INTEL)
    what = "its rpath has '/Users/me/lib': a folder of the machine that built it"
    assert told({DYLIB: image}) == [("absolute-rpath", "warning", DYLIB, what)]


def test_signatures(told, macho_image):
    arm, intel = macho_image(cpu=ARM, pad=512), macho_image(cpu=INTEL)
    what = "its code for arm64 has no signature"
    assert told({DYLIB: arm}) == [("signature", "error", DYLIB, what)]
    assert told({DYLIB: signed(arm)}) == []
    # Only Apple's processors insist on one.
    assert told({DYLIB: intel}) == []
    phone = macho_image(cpu=ARM, pad=512, platform=2)
    assert told({DYLIB: phone}) == []


def test_signatures_of_changed_files(told, macho_image):
    image = bytearray(signed(macho_image(cpu=ARM, pad=512)))
    image[len(image) // 2] ^= 1
    what = "its code for arm64 was changed after it was signed"
    assert told({DYLIB: bytes(image)}) == [("signature", "error", DYLIB, what)]


def test_debug_info_of_windows(told, pe_image):
    path = "a/x.pyd"
    image = pe_image().replace(b".text\0\0\0", b".debug_x", 1)
    (item,) = told({path: image})
    assert item[:3] == ("debug-info", "note", path)
