"""A small static Python and the libraries of a machine, made byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.static.linkers import RustLinker
from ferrule.target.triple import parse_triple
from tests.unit.made_objects import (
    R_X86_64_64,
    R_X86_64_PC32,
    Section,
    made_archive,
    made_object,
)

TARGET = "x86_64-unknown-linux-gnu"


def code(defined=(), wanted=(), **options):
    """Return an object with functions."""
    relocations = [(8 * n, name, R_X86_64_PC32, 0) for n, name in enumerate(wanted)]
    section = Section(".text", "ax", bytes(8 * len(wanted) + 8), relocations)
    symbols = dict.fromkeys(defined, (1, 0))
    return made_object([section], symbols, wanted, **options)


def inittab(rows, **options):
    """Return config.o: rows are names of modules and functions (or None)."""
    names, relocations = b"", []
    for number, (name, function) in enumerate(rows):
        relocations.append((16 * number, "names", R_X86_64_64, len(names)))
        names += name.encode() + b"\0"
        if function:
            relocations.append((16 * number + 8, function, R_X86_64_64, 0))
    data = Section(".data", "wa", bytes(16 * len(rows) + 16), relocations)
    sections = [Section(".rodata", "a", names), data]
    functions = [function for _, function in rows if function]
    defined = {"_PyImport_Inittab": (2, 0)}
    return made_object(sections, defined, functions, local={"names": (1, 0)}, **options)


ROWS = (
    ("marshal", "PyMarshal_Init"),
    ("sys", None),
    ("zlib", "PyInit_zlib"),
    ("_decimal", "PyInit__decimal"),
)
MEMBERS = {
    "config.o": inittab(ROWS),
    "lifecycle.o": code(
        ["Py_InitializeEx"], ["_PyImport_Inittab", "malloc", "__udivti3"]
    ),
    "marshal.o": code(["PyMarshal_Init"], ["memcpy", "_GLOBAL_OFFSET_TABLE_"]),
    "zlibmodule.o": code(["PyInit_zlib"], ["inflate", "deflate"]),
    "_decimal.o": code(["PyInit__decimal"], ["mpd_qadd", "mpd_qmul"]),
    "main.o": code(["Py_RunMain", "Py_Main"], ["fopen"]),
    "odd.o": code(["PyOdd_New"], ["only_elsewhere"]),
}
VARIABLES = {
    "MODLIBS": "-lz -lmpdec  -lz Modules/expat/libexpat.a",
    "LIBS": "-ldl -L/nowhere -Wl,-rpath,/nowhere/lib",
    "SYSLIBS": "-lm",
}


class Machine:
    """The folders of a machine below a temporary one."""

    def __init__(self, folder, elf_image):
        self.folder = folder
        self.libraries = folder / "usr" / "lib" / "x86_64-linux-gnu"
        self.libraries.mkdir(parents=True)
        self._elf_image = elf_image
        self.shared("c", "malloc", "memcpy", "fopen", "abort")
        self.shared("m", "sqrt")
        self.archive("gcc", {"div.o": code(["__udivti3"], ["abort"])})

    def shared(self, name, *symbols):
        """Add a shared library."""
        path = self.libraries / f"lib{name}.so"
        rows = [(symbol, True, False, "") for symbol in symbols]
        path.write_bytes(self._elf_image(symbols=rows, soname=f"lib{name}.so.1"))
        return path

    def archive(self, name, members):
        """Add a static library."""
        path = self.libraries / f"lib{name}.a"
        path.write_bytes(made_archive(list(members.items())))
        return path

    def python(self, members=None):
        """Add a libpython.a; return its path."""
        path = self.folder / "python" / "libpython3.12.a"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(made_archive(list((members or MEMBERS).items())))
        return path


@pytest.fixture
def machine(tmp_path, elf_image):
    """Give a machine that has every library that the small Python needs."""
    made = Machine(tmp_path / "root", elf_image)
    made.shared("z", "inflate", "deflate")
    made.archive("z", {"inflate.o": code(["inflate", "deflate"], ["memcpy"])})
    made.shared("mpdec", "mpd_qadd", "mpd_qmul")
    return made


@pytest.fixture
def triple():
    """Give the target."""
    return parse_triple(TARGET)


@pytest.fixture
def rust():
    """Give a function that describes how rustc links."""

    def call(**changes):
        facts = {
            "target": TARGET,
            "release": (1, 95),
            "llvm": 22,
            "own_lld": Path("/rust/gcc-ld"),
            **changes,
        }
        return RustLinker(**facts)

    return call
