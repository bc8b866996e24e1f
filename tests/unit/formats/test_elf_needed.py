from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys

import pytest

from ferrule.errors.formats import BrokenBinaryError, NeededRemovalError
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_needed import without_needed

LAYOUTS = [
    pytest.param(64, True, id="64-little"),
    pytest.param(64, False, id="64-big"),
    pytest.param(32, True, id="32-little"),
    pytest.param(32, False, id="32-big"),
]
CONTENT = {
    "needed": ["libgcc_s.so.1", "libpython3.12.so.1.0", "libc.so.6"],
    "soname": "libcore.so",
    "symbols": [
        ("PyInit_core", True, False, ""),
        ("memcpy", False, False, "GLIBC_2.14"),
    ],
    "versions": {"libc.so.6": ["GLIBC_2.14"], "libgcc_s.so.1": ["GCC_3.0"]},
}


def removed(image, prefix="libpython", name="core.so"):
    changed = bytearray(image)
    for place, content in without_needed(bytes(image), prefix, name).items():
        changed[place : place + len(content)] = content
    return bytes(changed)


@pytest.mark.parametrize(("bits", "little"), LAYOUTS)
def test_one_dependency_is_removed(elf_image, bits, little):
    image = elf_image(bits=bits, little=little, **CONTENT)
    before = read_elf(image)
    changed = removed(image)
    after = read_elf(changed)
    assert after.needed == ("libgcc_s.so.1", "libc.so.6")
    assert len(changed) == len(image)
    assert (after.soname, after.exports) == (before.soname, before.exports)
    assert after.version_needs == before.version_needs


def test_all_that_begin_so_are_removed(elf_image):
    names = ["libpython3.so", "libm.so.6", "libpython3.12.so.1.0"]
    assert read_elf(removed(elf_image(needed=names))).needed == ("libm.so.6",)


def test_nothing_to_remove_writes_nothing(elf_image):
    assert without_needed(elf_image(**CONTENT), "libother") == {}


def test_a_dependency_with_versions_is_not_removed(elf_image):
    with pytest.raises(NeededRemovalError) as caught:
        without_needed(elf_image(**CONTENT), "libc.so")
    assert str(caught.value) == (
        "the dependency on libc.so.6 cannot be removed\n"
        "  the file asks for versioned symbols of that library\n"
        "  fix: build the module without linking that library"
    )


def test_another_file_is_refused():
    with pytest.raises(BrokenBinaryError, match=r"a\.so cannot be read as an ELF file"):
        without_needed(b"MZ" + bytes(100), "libpython", "a.so")


@pytest.mark.parametrize("place", [2**64 - 1, 2**63])
def test_offsets_that_no_file_has(elf_image, place):
    content = bytearray(elf_image(bits=64, **CONTENT))
    content[32:40] = place.to_bytes(8, "little")
    with pytest.raises(BrokenBinaryError, match="a table lies outside of the file"):
        removed(bytes(content))


def test_damage_never_surprises(elf_image, truncated_everywhere, damaged_anywhere):
    allowed = (BrokenBinaryError, NeededRemovalError)
    for bits in (64, 32):
        content = elf_image(bits=bits, **CONTENT)
        truncated_everywhere(content, removed, step=7, allowed=allowed)
        damaged_anywhere(content, removed, allowed=allowed)


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="needs cc on Linux"
)
def test_the_loader_accepts_a_library_without_the_dependency(tmp_path):
    source = tmp_path / "seven.c"
    source.write_text("int seven(void) { return 7; }\n")
    library = tmp_path / "libseven.so"
    command = ["cc", "-shared", "-fPIC", source, "-o", library]
    subprocess.run([*command, "-Wl,--no-as-needed", "-lm"], check=True)
    changed = removed(library.read_bytes(), "libm.so")
    assert "libm.so.6" in read_elf(library).needed
    assert "libm.so.6" not in read_elf(changed).needed
    target = tmp_path / "libchanged.so"
    target.write_bytes(changed)
    assert ctypes.CDLL(str(target)).seven() == 7
