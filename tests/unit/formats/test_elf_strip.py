"""Removing symbols and debug information from ELF files."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.errors.formats import BrokenElfError
from ferrule.formats.elf import read_elf
from ferrule.formats.elf_edit import ElfEdit, edit_elf
from ferrule.formats.elf_strip import strip_elf

SOURCE = """\
#include <stdio.h>
static int hidden(int x) { return x * 2; }
int visible(int x) { return hidden(x) + 1; }
int main(void) { printf("%d\\n", visible(20)); return 0; }
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C compiler that makes ELF files")
    folder = tmp_path_factory.mktemp("strip")
    (folder / "a.c").write_text(SOURCE)
    options = ["-g", "-O0", "-rdynamic", "-o", "a.out", "a.c"]
    subprocess.run([compiler, *options], cwd=folder, check=True)
    return folder / "a.out"


def section_names(content: bytes) -> set[str]:
    return {item.name for item in read_elf(content, "x").image.sections()}


def test_what_no_loader_reads_goes(program) -> None:
    content = program.read_bytes()
    small = strip_elf(content).apply(content)
    assert len(small) < len(content)
    gone = section_names(content) - section_names(small)
    assert {".symtab", ".strtab", ".debug_info"} <= gone
    assert {".text", ".dynsym", ".dynamic", ".bss"} <= section_names(small)
    before, after = read_elf(content, "x"), read_elf(small, "x")
    assert before.needed == after.needed
    assert before.defined == after.defined
    assert "visible" in after.defined


def test_it_still_runs_also_with_a_longer_search_path(program, tmp_path) -> None:
    content = program.read_bytes()
    small = strip_elf(content).apply(content)
    edited = edit_elf(small, ElfEdit(rpath=("$ORIGIN/" + "long/" * 30,))).apply(small)
    for number, data in enumerate((small, edited)):
        path = tmp_path / f"program{number}"
        path.write_bytes(data)
        path.chmod(0o755)
        done = subprocess.run([path], capture_output=True, text=True, check=True)
        assert done.stdout == "41\n"


def test_readelf_finds_nothing_wrong(program, tmp_path) -> None:
    tool = shutil.which("readelf")
    if tool is None:
        pytest.skip("needs readelf")
    content = program.read_bytes()
    path = tmp_path / "small"
    path.write_bytes(strip_elf(content).apply(content))
    done = subprocess.run(
        [tool, "-SWlds", path], capture_output=True, text=True, check=True
    )
    assert not done.stderr


def test_a_second_time_nothing_is_left_to_do(program) -> None:
    content = program.read_bytes()
    once = strip_elf(content).apply(content)
    twice = strip_elf(once).apply(once)
    assert len(twice) == len(once)
    assert section_names(twice) == section_names(once)


def test_something_behind_the_sections_stays(program) -> None:
    content = program.read_bytes() + b"payload"
    assert strip_elf(content).apply(content) == content


def test_files_without_sections_stay(elf_image) -> None:
    content = elf_image(needed=["libc.so.6"])
    assert strip_elf(content).apply(content) == content


def test_damaged_headers_are_told(program) -> None:
    content = bytearray(program.read_bytes())
    content[40:48] = struct.pack("<Q", 1 << 60)
    with pytest.raises(BrokenElfError):
        strip_elf(bytes(content), "x")
