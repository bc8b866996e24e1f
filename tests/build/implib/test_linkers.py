"""ferrule's import libraries beside those of dlltool, and in front of linkers."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.formats.archive import read_archive
from ferrule.formats.pe import read_pe
from ferrule.implib.machine import MACHINES
from ferrule.implib.python import find_python_library, python_import_library

from .conftest import find_tool

pytestmark = pytest.mark.build

X64, I686, ARM64 = MACHINES

MODULE = """
typedef struct object object;
__declspec(dllimport) object *PyLong_FromLong(long);
__declspec(dllimport) extern object *PyExc_ValueError;
__declspec(dllimport) extern char PyBool_Type[];
long PyLong_AsLong(object *);
__declspec(dllexport) long answer(void) {
    object *number = PyLong_FromLong(PyBool_Type[0]);
    return PyLong_AsLong(PyExc_ValueError ? number : 0);
}
"""
IMPORTED = ["PyBool_Type", "PyExc_ValueError", "PyLong_AsLong", "PyLong_FromLong"]

LIBRARIES = [
    ("3.13", X64),
    ("3.9_d", I686),
    ("3.14t", ARM64),
    ("3.13t_d", X64),
    ("3.15", I686),
    ("3.15t", ARM64),
    ("abi3", X64),
    ("abi3-3.8", I686),
    ("abi3t", ARM64),
    ("abi3t_d", X64),
    ("pypy3.11", X64),
    ("graalpy3.12", X64),
]
IDS = [f"{python}-{machine.name}" for python, machine in LIBRARIES]


def write_definition(folder: Path, python: str, machine) -> Path:
    library = find_python_library(python)
    attributes = {"code": "", "data": " DATA", "const": " CONSTANT"}
    lines = [f'LIBRARY "{library.dll}"', "EXPORTS"]
    lines += [x.name + attributes[x.kind] for x in library.symbols(machine)]
    path = folder / "symbols.def"
    path.write_text("\n".join(lines) + "\n")
    return path


def write_library(folder: Path, python: str, machine, flavor) -> Path:
    name, content = python_import_library(python, machine, flavor)
    path = folder / name
    path.write_bytes(content)
    return path


def symbols_of(path: Path) -> set[str]:
    """Return the index of an import library without the names of its structure."""
    return {
        name
        for name in read_archive(path).symbols
        if not name.startswith(("__IMPORT_DESCRIPTOR", "__NULL_IMPORT", "\x7f"))
        and "_head_" not in name
        and not name.endswith("_iname")
    }


@pytest.mark.parametrize(("python", "machine"), LIBRARIES, ids=IDS)
def test_llvm_dlltool_writes_the_same_symbols(tmp_path, call, python, machine):
    tool = find_tool("llvm-dlltool-19", "llvm-dlltool")
    names = {"x86_64": "i386:x86-64", "i686": "i386", "aarch64": "arm64"}
    definition = write_definition(tmp_path, python, machine)
    theirs = tmp_path / "theirs.lib"
    call(tool, "-m", names[machine.name], "-d", definition, "-l", theirs)
    ours = write_library(tmp_path, python, machine, "gnu")
    assert symbols_of(ours) == symbols_of(theirs)
    assert read_archive(ours).dlls == read_archive(theirs).dlls
    imports = {(x.symbol, x.machine) for x in read_archive(ours).imports}
    assert imports == {(x.symbol, x.machine) for x in read_archive(theirs).imports}


@pytest.mark.parametrize(
    ("python", "machine"),
    [row for row in LIBRARIES if row[1] is not ARM64],
    ids=[name for name in IDS if "aarch64" not in name],
)
def test_mingw_dlltool_writes_the_same_symbols(tmp_path, call, python, machine):
    tool = find_tool(f"{machine.name}-w64-mingw32-dlltool")
    definition = write_definition(tmp_path, python, machine)
    theirs = tmp_path / "theirs.a"
    call(tool, "-d", definition, "-l", theirs)
    ours = write_library(tmp_path, python, machine, "gnu")
    assert symbols_of(ours) == symbols_of(theirs)
    assert read_archive(ours).dlls == read_archive(theirs).dlls


def check_imports(path: Path, dll: str) -> None:
    imports = [item for item in read_pe(path).imports if item.name == dll]
    assert len(imports) == 1
    assert sorted(symbol.name for symbol in imports[0].symbols) == IMPORTED


@pytest.mark.parametrize("python", ["3.13", "3.15t_d", "abi3-3.9", "abi3t"])
@pytest.mark.parametrize("machine", [X64, I686], ids=lambda item: item.name)
def test_gnu_ld_links_a_module(tmp_path, call, python, machine):
    gcc = find_tool(f"{machine.name}-w64-mingw32-gcc")
    (tmp_path / "module.c").write_text(MODULE)
    library = find_python_library(python)
    write_library(tmp_path, python, machine, "gnu")
    flags = ["-nostdlib", "-Wl,--entry=0", "-shared", "-o", "module.pyd"]
    call(gcc, *flags, "module.c", f"-L{tmp_path}", f"-l{library.stem}")
    check_imports(tmp_path / "module.pyd", library.dll)


@pytest.mark.parametrize("machine", [X64, I686], ids=lambda item: item.name)
def test_gnu_ld_keeps_two_dlls_apart_and_imports_data_by_itself(
    tmp_path, call, machine
):
    gcc = find_tool(f"{machine.name}-w64-mingw32-gcc")
    plain = MODULE.replace("__declspec(dllimport) ", "")
    (tmp_path / "module.c").write_text(plain)
    (tmp_path / "other.c").write_text(
        "int other(void); __declspec(dllexport) int more(void) { return other(); }"
    )
    (tmp_path / "other.def").write_text("LIBRARY other\nEXPORTS\nother\n")
    write_library(tmp_path, "3.13", machine, "gnu")
    ferrule_from(tmp_path / "other.def", machine)
    flags = ["-shared", "-o", "module.pyd", "module.c", "other.c"]
    call(gcc, *flags, f"-L{tmp_path}", "-lpython313", "-lother")
    check_imports(tmp_path / "module.pyd", "python313.dll")
    needed = {item.name: item for item in read_pe(tmp_path / "module.pyd").imports}
    assert [item.name for item in needed["other.dll"].symbols] == ["other"]


def ferrule_from(definition: Path, machine) -> None:
    from ferrule.cli import main

    out = str(definition.parent)
    command = ["implib", "-q", "--from", str(definition), "--arch", machine.name]
    assert main([*command, "-o", out]) == 0


NAMES = """
EXPORTS
  renamed == real
  renamed_data DATA == real_data
  by_number @7 NONAME
  constant CONSTANT
  std@8
  _std@4
"""
CALLER = """
__declspec(dllimport) int renamed(void);
extern __declspec(dllimport) int renamed_data, constant;
int by_number(void);
int __stdcall std(int, int);
int __stdcall _std(int);
__declspec(dllexport) int sum(void) {
    return renamed() + renamed_data + constant + by_number() + std(1, 2) + _std(3);
}
"""


DEFINITIONS = {
    "attributes": "LIBRARY x.dll\nEXPORTS\n a\n b DATA\n c PRIVATE\n d @5 NONAME\n",
    "aliases": "LIBRARY x\nEXPORTS\n a=b\n c = d @3\n f=KERNEL32.Sleep\n g=o.#12 @9",
    "quoted": 'LIBRARY "my lib.dll"\nEXPORTS\n "quoted name"\n "a" = "b"\n "DATA"\n',
    "comments": "; c\nLIBRARY x ; tail\nEXPORTS ; c\n a ; comment\n;b\n c;d\n",
    "crlf": "LIBRARY x\r\nEXPORTS\r\n a @ 1\r\n b DATA\r\n",
    "one-line": "LIBRARY x.pyd EXPORTS a b c DATA d @4\n",
    "program": "NAME foo\nEXPORTS a @1\nEXPORTS b\n",
    "decorated": "LIBRARY x\nEXPORTS\n f@4\n @h@8\n ?i@@YAXXZ\n _j\n k@x\n",
    "again": "LIBRARY x\nEXPORTS\n a\n a\n",
    "as": "LIBRARY x\nEXPORTS\n a EXPORTAS b\n",
}


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda item: item.name)
def test_llvm_dlltool_reads_a_definition_the_same_way(
    tmp_path, call, machine, definition
):
    tool = find_tool("llvm-dlltool-19", "llvm-dlltool")
    names = {"x86_64": "i386:x86-64", "i686": "i386", "aarch64": "arm64"}
    path = tmp_path / "x.def"
    path.write_bytes(DEFINITIONS[definition].encode())
    theirs = tmp_path / "theirs"
    call(tool, "-m", names[machine.name], "-d", path, "-l", theirs)
    ferrule_from(path, machine)
    ours = next(tmp_path.glob("lib*.a"), None) or next(tmp_path.glob("*.a"))
    assert symbols_of(ours) == symbols_of(theirs)
    if definition != "as":  # an object of its own, which older linkers read too
        assert read_archive(ours).dlls == read_archive(theirs).dlls


@pytest.mark.parametrize("linker", ["gcc", "lld-link"])
def test_names_of_every_kind_are_imported(tmp_path, call, linker):
    gcc = find_tool("i686-w64-mingw32-gcc")
    tool = gcc if linker == "gcc" else find_tool("lld-link", "lld-link-19")
    (tmp_path / "caller.c").write_text(CALLER)
    (tmp_path / "names.def").write_text(f"LIBRARY names\n{NAMES}")
    ferrule_from(tmp_path / "names.def", I686)
    call(gcc, "-c", "caller.c", "-o", "caller.o")
    if linker == "gcc":
        flags = ["-nostdlib", "-Wl,--entry=0", "-shared", "-o", "caller.dll"]
        call(tool, *flags, "caller.o", f"-L{tmp_path}", "-lnames")
    else:
        flags = ["/lldmingw", "/dll", "/noentry", "/out:caller.dll"]
        call(tool, *flags, "caller.o", "names.lib")
    (found,) = read_pe(tmp_path / "caller.dll").imports
    assert {item.name or item.ordinal for item in found.symbols} == {
        *("real", "real_data", 7, "constant", "std@8", "_std@4")
    }


EXPORTER = """
__declspec(dllexport) int __stdcall std(int a, int b) { return a + b; }
__declspec(dllexport) int __stdcall _std(int a) { return a; }
__declspec(dllexport) int __fastcall fast(int a) { return a; }
__declspec(dllexport) int plain = 3;
"""
USER = """
__declspec(dllimport) int __stdcall std(int, int);
__declspec(dllimport) int __stdcall _std(int);
__declspec(dllimport) int __fastcall fast(int);
extern __declspec(dllimport) int plain;
__declspec(dllexport) int sum(void) { return std(1, 2) + _std(3) + fast(4) + plain; }
"""


def test_a_dll_of_mingws_gcc_is_linked_by_its_own_names(tmp_path, call):
    gcc = find_tool("i686-w64-mingw32-gcc")
    alone = ["-nostdlib", "-Wl,--entry=0", "-shared", "-o"]
    (tmp_path / "exporter.c").write_text(EXPORTER)
    (tmp_path / "user.c").write_text(USER)
    call(gcc, *alone, "names.dll", "exporter.c")
    ferrule_from(tmp_path / "names.dll", I686)
    call(gcc, *alone, "user.dll", "user.c", f"-L{tmp_path}", "-l:libnames.a")
    (found,) = read_pe(tmp_path / "user.dll").imports
    names = {item.name for item in read_pe(tmp_path / "names.dll").exports}
    assert {item.name for item in found.symbols} == names
    assert names == {"std@8", "_std@4", "@fast@4", "plain"}


@pytest.mark.parametrize("machine", [X64, I686], ids=lambda item: item.name)
def test_lld_link_links_a_module(tmp_path, call, machine):
    gcc = find_tool(f"{machine.name}-w64-mingw32-gcc")
    linker = find_tool("lld-link", "lld-link-19")
    (tmp_path / "module.c").write_text(MODULE)
    call(gcc, "-c", "module.c", "-o", "module.o")
    library = write_library(tmp_path, "3.13", machine, "msvc")
    flags = ["/lldmingw", "/dll", "/noentry", "/out:module.pyd"]
    call(linker, *flags, "module.o", library)
    check_imports(tmp_path / "module.pyd", "python313.dll")


@pytest.mark.parametrize(
    ("machine", "triple"),
    [
        (X64, "x86_64-windows-gnu"),
        (I686, "x86-windows-gnu"),
        (ARM64, "aarch64-windows-gnu"),
    ],
    ids=lambda item: getattr(item, "name", ""),
)
@pytest.mark.parametrize("python", ["3.13", "abi3t"])
def test_zig_links_a_module(tmp_path, call, zig, machine, triple, python):
    (tmp_path / "module.c").write_text(MODULE)
    library = find_python_library(python)
    write_library(tmp_path, python, machine, "gnu")
    # Nothing of its C library, whose first compilation takes minutes.
    flags = ["-nostdlib", "-Wl,--no-entry", "-fno-sanitize=undefined", "-shared"]
    command = [zig, "cc", "-target", triple, *flags, "-o", "module.dll", "module.c"]
    call(*command, f"-L{tmp_path}", f"-l{library.stem}")
    check_imports(tmp_path / "module.dll", library.dll)


EXTENSION = """
#include <stddef.h>
typedef struct { ptrdiff_t count; void *type; } object;
typedef struct { const char *name; void *function; int flags; const char *doc; } method;
typedef struct {
    object base; void *init; ptrdiff_t index; void *copy;
    const char *name, *doc; ptrdiff_t size; method *methods; void *rest[4];
} definition;
__declspec(dllimport) object *PyModule_Create2(definition *, int);
__declspec(dllimport) object *PyLong_FromLong(long);
__declspec(dllimport) extern char PyLong_Type[];
static object *is_long(object *self, object *given) {
    return PyLong_FromLong(given->type == (void *)PyLong_Type);
}
static method methods[] = {{"is_long", is_long, 8, 0}, {0, 0, 0, 0}};
static definition module = {{1, 0}, 0, 0, 0, "linked", 0, -1, methods, {0}};
__declspec(dllexport) object *PyInit_linked(void) {
    return PyModule_Create2(&module, 1013);
}
"""


@pytest.mark.network
@pytest.mark.parametrize("python", ["3.13", "abi3-3.8"])
def test_a_module_that_is_linked_so_runs_on_windows(
    tmp_path, call, python, windows_python, wine
):
    gcc = find_tool("x86_64-w64-mingw32-gcc")
    (tmp_path / "linked.c").write_text(EXTENSION)
    library = find_python_library(python)
    write_library(tmp_path, python, X64, "gnu")
    flags = ["-shared", "-o", "linked.pyd", "linked.c"]
    call(gcc, *flags, f"-L{tmp_path}", f"-l{library.stem}")
    code = f"import sys; sys.path.insert(0, r'Z:{tmp_path}'); import linked; "
    code += "print(linked.is_long(7), linked.is_long('7'))"
    program = windows_python("3.13") / "python.exe"
    assert wine(program, "-c", code).split() == ["1", "0"]
