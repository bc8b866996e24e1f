"""The modules that are built into a static libpython, and choosing among them.

CPython's table of them, `_PyImport_Inittab`, is an object of its own in the archive,
config.o, that defines nothing else. Linkers take it only if nobody defined the table
before, so a smaller table that comes first is all it takes: modules that it does
not name are not linked, nor are their libraries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ferrule.errors.static_link import UnknownBuiltinError
from ferrule.formats.elf_object import ElfObject, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TABLE", "Builtin", "choose_builtins", "inittab_source", "read_inittab"]

TABLE: Final = "_PyImport_Inittab"

ESSENTIAL: Final = frozenset(
    (
        # Modules/config.c.in
        *("marshal", "_imp", "_ast", "_tokenize", "builtins", "sys", "gc"),
        *("_warnings", "_string"),
        # Modules/Setup.bootstrap, and Modules/Setup before Python 3.11
        *("atexit", "faulthandler", "posix", "_signal", "_tracemalloc"),
        *("_suggestions", "_codecs", "_collections", "errno", "_io", "itertools"),
        *("_sre", "_sysconfig", "_thread", "time", "_types", "_typing", "_weakref"),
        *("_abc", "_functools", "_locale", "_opcode", "_operator", "_peg_parser"),
        *("_stat", "_symtable", "pwd"),
    )
)
"""Modules without which Python does not start, or is never built."""


@dataclass(frozen=True)
class Builtin:
    """One row of the table."""

    name: str
    function: str
    """The function that makes the module; empty where the interpreter is it."""


def read_inittab(members: Iterable[tuple[str, memoryview]]) -> tuple[Builtin, ...]:
    """Return the table of an archive; nothing where it cannot be read.

    That is so for objects without machine code. Raises `BrokenElfError`.
    """
    for name, content in members:
        # Other objects of the archive only refer to it.
        if bytes(content[:4]) != b"\x7fELF" or not name.startswith("config"):
            continue
        table = _read_table(read_object(content, name))
        if table:
            return table
    return ()


def _read_table(found: ElfObject) -> tuple[Builtin, ...]:
    symbols = list(found.symbols(all_of_them=True))
    place = next(
        (item for item in symbols if item.name == TABLE and item.section), None
    )
    if place is None:
        return ()
    width = 8 if found.image.is_64 else 4
    names: dict[int, str] = {}
    functions: dict[int, str] = {}
    for table, section in found.relocated():
        if section != found.sections[place.section]:
            continue
        data = found.content(section)
        for item in found.relocations(table):
            offset = item.offset - place.value
            if offset < 0 or not item.symbol < len(symbols):
                continue
            symbol = symbols[item.symbol]
            addend = item.addend
            if table.kind == 9:
                stored = bytes(data[item.offset : item.offset + width])
                order = "little" if found.image.is_little else "big"
                addend = int.from_bytes(stored, order)  # type: ignore[arg-type]
            row, column = divmod(offset, 2 * width)
            if column == 0:
                names[row] = _text(found, symbol.section, symbol.value + addend)
            else:
                functions[row] = symbol.name
    return tuple(Builtin(names[row], functions.get(row, "")) for row in sorted(names))


def _text(found: ElfObject, number: int, offset: int) -> str:
    if not number < len(found.sections):
        raise found.view.broken("a module's name lies in no section")
    section = found.sections[number]
    end = section.offset + section.size
    return found.view.text_at(section.offset + offset, end, "a module's name")


def choose_builtins(text: str, known: Sequence[Builtin]) -> tuple[Builtin, ...]:
    """Return the built-in modules that a wish leaves, in the order of the table.

    `text` has words with commas between them: `all`, `minimal` (those without
    which Python does not start), names that are added, and `-name` for those left
    out. Raises `UnknownBuiltinError`.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    names = [item.name for item in known]
    minimal = {name for name in names if name in ESSENTIAL}
    chosen = set(names) if not words or words[0].startswith("-") else set(minimal)
    for word in words:
        name = word.lstrip("+-")
        if word == "all":
            chosen = set(names)
        elif word == "minimal":
            chosen = set(minimal)
        elif name not in names:
            raise UnknownBuiltinError(name, names)
        elif not word.startswith("-"):
            chosen.add(name)
        elif name in ESSENTIAL:
            raise UnknownBuiltinError(name, names, essential=True)
        else:
            chosen.discard(name)
    return tuple(item for item in known if item.name in chosen)


def inittab_source(chosen: Sequence[Builtin]) -> str:
    """Return the table as Rust text for a `no_std` crate."""
    functions = sorted({item.function for item in chosen if item.function})
    lines = [
        'type Make = unsafe extern "C" fn() -> *mut core::ffi::c_void;',
        "#[repr(C)]",
        "pub struct Row(*const u8, Option<Make>);",
        "unsafe impl Sync for Row {}",
        'extern "C" {',
        *(f"    fn {name}() -> *mut core::ffi::c_void;" for name in functions),
        "}",
        "#[no_mangle]",
        f"pub static mut {TABLE}: [Row; {len(chosen) + 1}] = [",
    ]
    for item in chosen:
        function = f"Some({item.function})" if item.function else "None"
        lines.append(f'    Row(b"{item.name}\\0".as_ptr(), {function}),')
    lines += ["    Row(core::ptr::null(), None),", "];", ""]
    return "\n".join(lines)
