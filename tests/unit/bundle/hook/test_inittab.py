"""Finding and registering the modules of a program."""

from __future__ import annotations

import struct
import sysconfig
from pathlib import Path

import pytest

from ferrule.bundle.hook.inittab import (
    inittab_flags,
    inittab_part,
    library_modules,
    program_modules,
    without_modules,
)
from ferrule.bundle.hook.object import Hook
from ferrule.bundle.model import Flag


def write_archive(path: Path, *symbols: str) -> Path:
    """Write a static library with nothing but an index."""
    names = "".join(f"{name}\0" for name in symbols).encode()
    index = struct.pack(f">{len(symbols) + 1}I", len(symbols), *[8] * len(symbols))
    body = index + names
    header = f"{'/':<16}{0:<12}{0:<6}{0:<6}{0:<8}{len(body):<10}`\n".encode()
    path.write_bytes(b"!<arch>\n" + header + body + b"\n" * (len(body) % 2))
    return path


def test_the_modules_of_libraries(tmp_path) -> None:
    one = write_archive(
        tmp_path / "liba.rlib",
        "PyInit_one",
        "PyInit_one_1",
        "PyInitU_eckzd",
        "PyInit_",
        "_RNvPyInit_x",
        "PyModExport_two",
    )
    other = write_archive(tmp_path / "libb.rlib", "PyInit_one", "PyInit_b")
    assert library_modules([other, one]) == {"one": one, "one_1": one, "b": other}


def test_the_modules_of_a_program() -> None:
    folder = Path(sysconfig.get_path("stdlib"), "lib-dynload")
    found = next(iter(sorted(folder.glob("*.cpython-*-linux-*.so"))), None)
    if found is None:
        pytest.skip("no module of Python is an ELF file")
    name = found.name.partition(".")[0]
    assert program_modules(found) == (name,)
    assert program_modules(found, {name}) == ()


def test_the_hook_has_a_row_for_each_module() -> None:
    source = Hook((3, 12), 2, parts=(inittab_part(("a", "b_1")),)).source
    assert "inittab::before();" in source
    assert "const COUNT: usize = 2;" in source
    for name in ("a", "b_1"):
        assert f'global_asm!(".weak PyInit_{name}");' in source
        assert f'c(b"{name}\\0")' in source


def test_flags_of_modules_are_left_out_for_other_programs() -> None:
    other = Flag.link("-Wl,-rpath,x", "why")
    flags = [other, *inittab_flags(("a", "b"))]
    words = [flag.words[-1] for flag in flags]
    assert words[2:] == [
        "link-args",
        "link-arg=-Wl,-u,PyInit_a",
        "link-arg=-Wl,-u,PyInit_b",
    ]
    assert without_modules(flags) == flags[:2]
    exports = Path(words[1].partition("--dynamic-list=")[2])
    assert exports.read_text() == "{\n  PyInit_*;\n};\n"
