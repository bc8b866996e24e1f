"""Hide from zig's linker what a list of exports for macOS does not name.

rustc names the exports of a module with `-exported_symbols_list`. zig's linker for
macOS exports every global definition all the same, and therefore keeps all of them.
A definition that its object calls private (`N_PEXT`, `mach-o/nlist.h`) is neither
exported nor kept without need. Objects are the inputs of other links too, so copies
are changed. This file is copied beside the wrappers and imports nothing of ferrule.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import translate

__all__ = ["exported_names", "hide_others", "private_copies"]

_LIST, _ONE = "-exported_symbols_list", "-exported_symbol"
_MAGIC = 0xFEEDFACF
_ARCHIVE = b"!<arch>\n"
_SYMBOLS = 2
"""The load command LC_SYMTAB."""
_HEADER = 32
_ENTRY = struct.Struct("<IBBHQ")
_DEBUGGING, _PRIVATE, _KIND, _EXTERNAL = 0xE0, 0x10, 0x0E, 0x01
_SUFFIXES = (".o", ".rlib", ".a")


def exported_names(words: Sequence[str]) -> set[str] | None:
    """Return the names and patterns that a linker is told to export.

    None where it is told nothing of the kind. Raises `OSError`.
    """
    plain: list[str] = []
    for word in words:
        plain += word[4:].split(",") if word.startswith("-Wl,") else [word]
    names: set[str] | None = None
    for option, value in zip(plain, plain[1:]):
        if option == _ONE:
            names = (names or set()) | {value}
        elif option == _LIST:
            with open(value, encoding="utf-8") as stream:
                lines = (line.partition("#")[0].strip() for line in stream)
                names = (names or set()) | {line for line in lines if line}
    return names


@contextmanager
def private_copies(words: Sequence[str], names: set[str]) -> Iterator[list[str]]:
    """Replace objects and archives among words by copies that export only names.

    The copies lie beside the output, at the same place every time, as debugging
    information names them. Raises `OSError`.
    """
    folder = f"{_output(words)}.objects"
    is_kept = _matcher(names)
    found = list(words)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    count = 0
    try:
        for place, word in enumerate(words):
            if not word.endswith(_SUFFIXES) or not os.path.isfile(word):
                continue
            with open(word, "rb") as stream:
                data = bytearray(stream.read())
            if not hide_others(data, is_kept):
                continue
            count += 1
            found[place] = os.path.join(folder, f"{count}-{os.path.basename(word)}")
            with open(found[place], "wb") as output:
                output.write(data)
        yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _output(words: Sequence[str]) -> str:
    return words[words.index("-o") + 1] if "-o" in words[:-1] else "a.out"


def hide_others(data: bytearray, is_kept: Callable[[str], bool]) -> int:
    """Make the definitions of an object or archive private, in place.

    Returns how many were not before. What is neither stays as it is.
    """
    if not data.startswith(_ARCHIVE):
        return _hide_in_object(data, 0, len(data), is_kept)
    count, place = 0, len(_ARCHIVE)
    while place + 60 <= len(data):
        size = int(data[place + 48 : place + 58])
        start = place + 60
        # BSD's long names are the first bytes of the member.
        is_long = data[place : place + 3] == b"#1/"
        named = int(data[place + 3 : place + 16]) if is_long else 0
        count += _hide_in_object(data, start + named, start + size, is_kept)
        place = start + size + size % 2
    return count


def _hide_in_object(
    data: bytearray, start: int, end: int, is_kept: Callable[[str], bool]
) -> int:
    if end - start < _HEADER or struct.unpack_from("<I", data, start)[0] != _MAGIC:
        return 0
    (commands,) = struct.unpack_from("<I", data, start + 16)
    place, count = start + _HEADER, 0
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, place)
        if kind == _SYMBOLS:
            table, number, strings, _ = struct.unpack_from("<4I", data, place + 8)
            count += _hide_in_table(
                data, start + table, number, start + strings, is_kept
            )
        place += size
    return count


def _hide_in_table(
    data: bytearray,
    table: int,
    number: int,
    strings: int,
    is_kept: Callable[[str], bool],
) -> int:
    count = 0
    entries = bytes(data[table : table + number * _ENTRY.size])
    for index, (name, kind, *_) in enumerate(_ENTRY.iter_unpack(entries)):
        is_own = kind & _EXTERNAL and kind & _KIND
        if not is_own or kind & (_DEBUGGING | _PRIVATE):
            continue
        first = strings + name
        text = data[first : data.index(0, first)].decode("utf-8", "surrogateescape")
        if not is_kept(text):
            data[table + index * _ENTRY.size + 4] = kind | _PRIVATE
            count += 1
    return count


def _matcher(names: set[str]) -> Callable[[str], bool]:
    """Return whether a symbol is one of some names, which may be patterns."""
    patterns = sorted(name for name in names if re.search(r"[*?\[]", name))
    if not patterns:
        return names.__contains__
    wild = re.compile("|".join(map(translate, patterns)))
    return lambda name: name in names or wild.match(name) is not None
