"""Objects and archives for tests, made byte by byte."""

from __future__ import annotations

import struct

R_X86_64_64, R_X86_64_PC32, R_X86_64_32S = 1, 2, 11
_SHF = {"w": 1, "a": 2, "x": 4}


class Section:
    """One section of an object to make."""

    def __init__(self, name, flags="", content=b"", relocations=()):
        self.name = name
        self.flags = sum(_SHF[letter] for letter in flags)
        self.content = content
        self.relocations = list(relocations)
        """Each: offset, name of a symbol, kind, addend."""


def made_object(
    sections=(), defined=None, wanted=(), *, machine=62, bits=64, order="<", local=None
):
    """Return a relocatable object.

    `defined` and `local` are symbols with the number of their section (from 1) and
    their value.
    """
    wide = bits == 64
    local = {"": (0, 0), **(local or {})}
    everything = [(name, place, 0) for name, place in local.items()]
    everything += [(name, place, 1) for name, place in (defined or {}).items()]
    everything += [(name, (0, 0), 1) for name in wanted]
    numbers = {item[0]: number for number, item in enumerate(everything)}
    strings, symbols = bytearray(b"\0"), b""
    for name, (section, value), binding in everything:
        place = len(strings) if name else 0
        strings += name.encode() + b"\0" if name else b""
        info = binding << 4
        if wide:
            symbols += struct.pack(order + "IBBHQQ", place, info, 0, section, value, 0)
        else:
            symbols += struct.pack(order + "3I2BH", place, value, 0, info, 0, section)
    rows = [("", 0, 0, b"", 0, 0)]
    rows += [(item.name, 1, item.flags, item.content, 0, 0) for item in sections]
    table = len(rows) + sum(bool(item.relocations) for item in sections)
    for number, item in enumerate(sections, 1):
        if item.relocations:
            data = b"".join(
                _relocation(order, entry, numbers, wide=wide)
                for entry in item.relocations
            )
            rows.append((f".rela{item.name}", 4, 0, data, table, number))
    rows.append((".symtab", 2, 0, symbols, table + 1, len(local)))
    rows.append((".strtab", 3, 0, bytes(strings), 0, 0))
    names = bytearray(b"\0")
    offsets = []
    for row in [*rows, (".shstrtab",)]:
        offsets.append(len(names))
        names += row[0].encode() + b"\0"
    rows.append((".shstrtab", 3, 0, bytes(names), 0, 0))
    start = 64 if wide else 52
    headers, body = b"", b""
    for place, (_, kind, flags, content, link, info) in zip(offsets, rows):
        offset = start + len(body)
        body += content
        layout = "2I4Q2I2Q" if wide else "10I"
        values = (place, kind, flags, 0, offset, len(content), link, info, 1, 0)
        headers += struct.pack(order + layout, *values)
    size = 64 if wide else 40
    head = b"\x7fELF" + bytes((2 if wide else 1, 1 if order == "<" else 2, 1, 0))
    head += bytes(8)
    layout = "2HI3QI6H" if wide else "2H5I6H"
    values = (1, machine, 1, 0, 0, start + len(body), 0, start, 0, 0)
    head += struct.pack(order + layout, *values, size, len(rows), len(rows) - 1)
    return head + body + headers


def _relocation(order, entry, numbers, *, wide):
    offset, symbol, kind, addend = entry
    if wide:
        return struct.pack(order + "QQq", offset, numbers[symbol] << 32 | kind, addend)
    return struct.pack(order + "2Ii", offset, numbers[symbol] << 8 | kind, addend)


def made_archive(members, *, thin=False):
    """Return an archive of GNU's form; `members` are names and contents."""
    names, content = b"", b""
    for name, data in members:
        if len(name) < 16 and not thin:
            shown = f"{name}/"
        else:
            shown = f"/{len(names)}"
            names += f"{name}/\n".encode()
        content += _header(shown, len(data))
        if not thin:
            content += data + b"\n" * (len(data) % 2)
    table = _header("//", len(names)) + names + b"\n" * (len(names) % 2)
    return (b"!<thin>\n" if thin else b"!<arch>\n") + table + content


def _header(name, size):
    return f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode()


def lto_section(major, minor, *, slim):
    """Return the section by which GCC tells the format of its own code."""
    return Section(
        ".gnu.lto_.lto.1", content=struct.pack("<2HBB", major, minor, slim, 0)
    )


BITCODE_14 = bytes.fromhex(
    "4243c0de3514000005000000620c30244a59be668dfbb4af0b51804c01000000210c0000d00100000b02210002000000"
)
"""The identification block that clang 14 writes, and the start of what follows."""
