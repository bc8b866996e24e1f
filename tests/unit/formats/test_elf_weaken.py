from __future__ import annotations

import ctypes
import shutil
import subprocess
import sys

import pytest

from ferrule.formats.elf import read_elf
from ferrule.formats.elf_weaken import weaken_symbols

SYMBOLS = [
    ("Py_Initialize", False, False, ""),
    ("PyExc_OSError", False, False, ""),
    ("memcpy", False, False, "GLIBC_2.14"),
    ("own", True, False, ""),
]
CONTENT = {"symbols": SYMBOLS, "versions": {"libc.so.6": ["GLIBC_2.14"]}}


def weak(image: bytes) -> dict[str, bool]:
    elf = read_elf(image)
    return {item.name: item.is_weak for item in (*elf.imports, *elf.exports)}


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize("little", [True, False], ids=["little", "big"])
def test_named_symbols_become_weak(elf_image, bits, little):
    image = elf_image(**CONTENT, bits=bits, little=little)
    assert not any(weak(image).values())
    names = {"Py_Initialize", "PyExc_OSError", "absent"}
    result = weaken_symbols(image, names).apply(image)
    assert weak(result) == {
        "Py_Initialize": True,
        "PyExc_OSError": True,
        "memcpy": False,
        "own": False,
    }
    assert len(result) == len(image)
    versions = {item.name: item.version for item in read_elf(result).imports}
    assert versions["memcpy"] == "GLIBC_2.14"


def test_nothing_to_change_changes_nothing(elf_image):
    image = elf_image(**CONTENT)
    assert weaken_symbols(image, {"absent"}).apply(image) is image


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs ELF")
def test_the_loader_takes_a_file_without_what_it_needs(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source, made = tmp_path / "a.c", tmp_path / "a.so"
    source.write_text(
        "extern int missing; extern int absent(void);\n"
        "int *where(void) { return &missing; } int call(void) { return absent(); }\n"
    )
    words = [compiler, "-shared", "-fPIC", "-Wl,-z,now", "-o", str(made), str(source)]
    subprocess.run(words, check=True)
    with pytest.raises(OSError, match="undefined symbol"):
        ctypes.CDLL(str(made))
    content = made.read_bytes()
    other = tmp_path / "b.so"
    other.write_bytes(weaken_symbols(content, {"missing", "absent"}).apply(content))
    where = ctypes.CDLL(str(other)).where
    where.restype = ctypes.c_void_p
    assert where() is None
