from __future__ import annotations

import shutil
import struct
import subprocess
import sys

import pytest

from ferrule.errors.formats import (
    BinaryEditError,
    BrokenBinaryError,
    NeededRemovalError,
)
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf

LAYOUTS = [
    pytest.param(64, True, id="64-little"),
    pytest.param(64, False, id="64-big"),
    pytest.param(32, True, id="32-little"),
    pytest.param(32, False, id="32-big"),
]
SYMBOLS = [
    ("PyInit_core", True, False, ""),
    ("memcpy", False, False, "GLIBC_2.14"),
]
CONTENT = {
    "needed": ["libgcc_s.so.1", "libpython3.12.so.1.0", "libc.so.6"],
    "soname": "libcore.so",
    "rpath": "/home/builder/lib",
    "symbols": SYMBOLS,
    "versions": {"libc.so.6": ["GLIBC_2.14"], "libgcc_s.so.1": ["GCC_3.0"]},
}
EDIT = ElfEdit(
    soname="libcore-01234567.so",
    needed={"libgcc_s.so.1": "libgcc_s-01234567.so.1"},
    rpath=("$ORIGIN/../core.libs", "$ORIGIN"),
)


def edited(content, edit=EDIT):
    return edit_elf(content, edit, "core.so").apply(content)


@pytest.mark.parametrize(("bits", "little"), LAYOUTS)
@pytest.mark.parametrize("machine", [62, 183])
def test_all_names_change(elf_image, bits, little, machine):
    image = elf_image(bits=bits, little=little, machine=machine, **CONTENT)
    before, after = read_elf(image), read_elf(edited(image))
    assert after.soname == "libcore-01234567.so"
    assert after.rpath == ("$ORIGIN/../core.libs", "$ORIGIN")
    assert after.needed == (
        "libgcc_s-01234567.so.1", "libpython3.12.so.1.0", "libc.so.6"
    )  # fmt: skip
    assert [(need.library, need.versions) for need in after.version_needs] == [
        ("libc.so.6", ("GLIBC_2.14",)),
        ("libgcc_s-01234567.so.1", ("GCC_3.0",)),
    ]
    assert (after.imports, after.exports) == (before.imports, before.exports)
    loads = [item for item in after.image.segments if item.kind == 1]
    page = 0x10000 if machine == 183 else 0x1000
    assert loads[-1].align == page
    assert (loads[-1].address - loads[-1].offset) % page == 0
    assert [item.address for item in loads] == sorted(item.address for item in loads)
    assert loads[-1].address >= loads[0].address + loads[0].memory_size


def test_a_second_change_replaces_the_segment_of_the_first(elf_image):
    first = edited(elf_image(**CONTENT))
    second = edited(first, ElfEdit(soname="libcore-89abcdef-and-more.so"))
    assert read_elf(second).soname == "libcore-89abcdef-and-more.so"
    assert read_elf(second).rpath == ("$ORIGIN/../core.libs", "$ORIGIN")
    count = len(read_elf(first).image.segments)
    assert len(read_elf(second).image.segments) == count
    assert len(second) - len(first) < 64


def test_what_is_replaced_is_no_longer_in_the_file(elf_image):
    image = elf_image(**CONTENT)
    assert b"/home/builder/lib" in image
    result = edited(image, ElfEdit(rpath=("$ORIGIN",)))
    assert b"/home/builder/lib" not in result
    assert len(result) == len(image)
    assert read_elf(result).rpath == ("$ORIGIN",)


def test_strings_that_others_use_stay(elf_image):
    content = {**CONTENT, "soname": "PyInit_core"}
    image = bytearray(elf_image(**content))
    found = read_elf(bytes(image)).image
    # Let the symbol share the string of the file's own name.
    start = found.offset_of(found.tags[6], "")
    offset = found.tags[14]
    for place in range(start, start + 24 * 3, 24):
        (name,) = struct.unpack_from("<I", image, place)
        if name and found.string(name) == "PyInit_core":
            struct.pack_into("<I", image, place, offset)
    result = read_elf(edited(bytes(image), ElfEdit(soname="x.so")))
    assert result.soname == "x.so"
    assert result.defined == {"PyInit_core"}


@pytest.mark.parametrize("is_runpath", [False, True])
def test_kinds_of_search_folders(elf_image, is_runpath):
    image = elf_image(**{**CONTENT, "runpath": "/old"})
    edit = ElfEdit(rpath=("$ORIGIN/x",), is_runpath=is_runpath)
    found = read_elf(edited(image, edit))
    both = (("$ORIGIN/x",), ())
    assert (found.rpath, found.runpath) == (both[::-1] if is_runpath else both)
    removed = read_elf(edited(image, ElfEdit(rpath=())))
    assert (removed.rpath, removed.runpath) == ((), ())


def test_entries_that_were_not_there_are_added(elf_image):
    image = elf_image(needed=["libm.so.6"])
    found = read_elf(edited(image, ElfEdit(soname="a.so", rpath=("$ORIGIN",))))
    assert (found.soname, found.rpath, found.needed) == (
        "a.so", ("$ORIGIN",), ("libm.so.6",)
    )  # fmt: skip
    assert found.image.segments[-1].kind in (1, 2)
    dynamic = found.image.segment(2)
    inside = [
        item
        for item in found.image.loads
        if item.offset <= dynamic.offset < item.offset + item.file_size
    ]
    # The loader of glibc writes into the dynamic section.
    assert inside[-1].flags & 2


def test_a_soname_can_be_removed(elf_image):
    assert read_elf(edited(elf_image(**CONTENT), ElfEdit(soname=""))).soname == ""


def test_two_names_that_become_one_are_named_once(elf_image):
    image = elf_image(needed=["liba.so", "libb.so", "libc.so.6"])
    edit = ElfEdit(needed={"liba.so": "libc.so.6", "libb.so": "libc.so.6"})
    assert read_elf(edited(image, edit)).needed == ("libc.so.6",)


def test_nothing_to_change_keeps_the_bytes(elf_image):
    image = elf_image(**CONTENT)
    same = ElfEdit(soname="libcore.so", rpath=("/home/builder/lib",))
    assert edited(image, same) is image
    assert edited(image, ElfEdit(needed={"libother.so": "x"})) is image
    assert edited(image, ElfEdit()) is image


def test_a_missing_stack_header_is_added(elf_image):
    image = elf_image(**CONTENT)
    assert read_elf(image).has_executable_stack
    result = edited(image, ElfEdit(clear_executable_stack=True))
    assert not read_elf(result).has_executable_stack
    assert read_elf(result).soname == "libcore.so"


def test_static_programs_have_no_names(elf_image):
    image = bytearray(elf_image())
    found = read_elf(bytes(image)).image
    struct.pack_into("<I", image, found.segment_table + 56, 0)
    with pytest.raises(BinaryEditError) as caught:
        edited(bytes(image))
    assert str(caught.value) == (
        "core.so cannot be changed\n"
        "  it is linked statically and has no dynamic section\n"
        "  fix: leave it as it is: it needs no libraries"
    )


def test_mips_keeps_its_dynamic_section(elf_image):
    image = elf_image(machine=8, needed=["libm.so.6"])
    with pytest.raises(BinaryEditError, match="on MIPS it cannot be moved"):
        edited(image, ElfEdit(soname="a.so"))


def test_damage_never_surprises(elf_image, truncated_everywhere, damaged_anywhere):
    allowed = (BrokenBinaryError, BinaryEditError, NeededRemovalError)
    for content in (elf_image(**CONTENT), edited(elf_image(bits=32, **CONTENT))):
        truncated_everywhere(content, edited, step=7, allowed=allowed)
        damaged_anywhere(content, edited, allowed=allowed)


LIBRARY = """
#include <math.h>
#include <stdio.h>
static int zeros[50000];
int counter = 3;
__thread int local = 4;
double seven(double x) {
    zeros[77] += 1;
    printf("%f", sin(x));
    return pow(x, 2.0) + 7 + zeros[77] + counter + local;
}
"""
USER = "double seven(double);\nint middle(void) { return (int)seven(1.0); }\n"
PROGRAM = """
static int zeros[300000];
extern int middle(void);
int main(void) { zeros[5] = middle(); return zeros[5] == 16 ? 42 : 9; }
"""
MACHINES = [
    pytest.param("", "", "", id="this-machine"),
    *(
        pytest.param(f"{name}-", emulator, name, id=name)
        for name, emulator in (
            ("aarch64-linux-gnu", "qemu-aarch64-static"),
            ("arm-linux-gnueabihf", "qemu-arm-static"),
            ("s390x-linux-gnu", "qemu-s390x-static"),
        )
    ),
]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a loader of ELF files")
@pytest.mark.parametrize("pie", ["-pie", "-no-pie"])
@pytest.mark.parametrize(("prefix", "emulator", "root"), MACHINES)
def test_loaders_accept_everything_that_changed(tmp_path, prefix, emulator, root, pie):
    compiler = f"{prefix}gcc"
    if not shutil.which(compiler) or (emulator and not shutil.which(emulator)):
        pytest.skip(f"needs {compiler} and {emulator or 'nothing else'}")

    def compile_c(name, text, *options):
        source = tmp_path / f"{name}.c"
        source.write_text(text)
        command = [compiler, "-O1", "-g", source, "-o", tmp_path / name, *options]
        subprocess.run(command, check=True, cwd=tmp_path)

    shared = ["-shared", "-fPIC"]
    compile_c("libseven.so", LIBRARY, *shared, "-Wl,-soname,libseven.so", "-lm")
    compile_c("libuser.so", USER, *shared, "-Wl,-soname,libuser.so", "libseven.so")
    compile_c("main", PROGRAM, pie, "libuser.so", "-Wl,-rpath-link,.")
    seven, user = "libseven-01234567.so", "libuser-01234567.so"
    changes = {
        "libseven.so": (f"libs/{seven}", ElfEdit(soname=seven, rpath=("$ORIGIN",))),
        "libuser.so": (
            f"libs/{user}",
            ElfEdit(needed={"libseven.so": seven}, soname=user, rpath=("$ORIGIN",)),
        ),
        "main": (
            "changed",
            ElfEdit(
                needed={"libuser.so": user},
                rpath=("$ORIGIN/libs", "/" + "long" * 100),
                clear_executable_stack=True,
            ),
        ),
    }
    (tmp_path / "libs").mkdir()
    for name, (target, edit) in changes.items():
        result = edited((tmp_path / name).read_bytes(), edit)
        # A second change of the same file must be as good as the first.
        result = edited(result, ElfEdit(rpath=(*edit.rpath, "/" + "more" * 100)))
        (tmp_path / target).write_bytes(result)
        (tmp_path / target).chmod(0o755)
        (tmp_path / name).unlink()
    command = [tmp_path / "changed"]
    if emulator:
        command = [emulator, "-L", f"/usr/{root}", *command]
    assert subprocess.run(command, check=False, stdout=subprocess.PIPE).returncode == 42
    shown = subprocess.run(
        ["readelf", "-dlSW", tmp_path / "libs" / user],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert f"Library soname: [{user}]" in shown.stdout
    assert shown.stderr == ""
