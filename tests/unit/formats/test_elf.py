from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenElfError, NeededRemovalError
from ferrule.formats.elf import exported_inits, read_elf
from ferrule.formats.elf_edit import without_needed

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


@pytest.mark.parametrize(("bits", "little"), LAYOUTS)
def test_one_dependency_is_removed(elf_image, bits, little):
    image = elf_image(bits=bits, little=little, **CONTENT)
    before = read_elf(image)
    changed = without_needed(image, "libpython3")
    after = read_elf(changed)
    assert after.needed == ("libgcc_s.so.1", "libc.so.6")
    assert len(changed) == len(image)
    assert (after.soname, after.exports) == (before.soname, before.exports)
    assert after.version_needs == before.version_needs


def test_nothing_to_remove_returns_the_same_bytes(elf_image):
    image = elf_image(**CONTENT)
    assert without_needed(image, "libother") is image


def test_a_dependency_with_versions_is_not_removed(elf_image):
    with pytest.raises(NeededRemovalError) as caught:
        without_needed(elf_image(**CONTENT), "libc.so")
    assert str(caught.value) == (
        "the dependency on libc.so.6 cannot be removed\n"
        "  the file asks for versioned symbols of that library\n"
        "  fix: build the module without linking that library"
    )


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


@pytest.mark.parametrize("gnu_hash", [False, True])
def test_every_truncation_is_a_designed_error(elf_image, gnu_hash):
    image = elf_image(gnu_hash=gnu_hash, interpreter="/lib/ld.so", isa=1, **CONTENT)
    for size in range(0, len(image), 3):
        try:
            read_elf(image[:size])
        except BrokenElfError as error:  # noqa: PERF203
            assert "cannot be read as an ELF file" in str(error)  # noqa: PT017


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.floats(0, 0.999999), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])),
        min_size=1,
        max_size=12,
    ),
    bits=st.sampled_from([32, 64]),
    gnu_hash=st.booleans(),
)
def test_damage_never_gives_another_error(elf_image, changes, bits, gnu_hash):
    image = bytearray(elf_image(bits=bits, gnu_hash=gnu_hash, isa=1, **CONTENT))
    for place, value in changes:
        image[int(place * len(image))] = value
    try:
        elf = read_elf(bytes(image))
        assert isinstance(elf.imports + elf.exports, tuple)
        without_needed(bytes(image), "libpython")
    except (BrokenElfError, NeededRemovalError):
        pass


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


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="needs cc on Linux"
)
def test_the_loader_accepts_a_library_without_the_dependency(tmp_path):
    source = tmp_path / "seven.c"
    source.write_text("int seven(void) { return 7; }\n")
    library = tmp_path / "libseven.so"
    command = ["cc", "-shared", "-fPIC", source, "-o", library]
    subprocess.run([*command, "-Wl,--no-as-needed", "-lm"], check=True)
    changed = without_needed(library.read_bytes(), "libm.so")
    assert "libm.so.6" in read_elf(library).needed
    assert "libm.so.6" not in read_elf(changed).needed
    target = tmp_path / "libchanged.so"
    target.write_bytes(changed)
    assert ctypes.CDLL(str(target)).seven() == 7
