"""Which modules an extension module may import, by the texts in its data.

C code names modules in strings that end with a zero. Rust and Cython put texts
one behind the other, so there every name that occurs is meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from ferrule.bundle.trimming.compressed_texts import compressed_texts
from ferrule.errors.formats import BrokenBinaryError
from ferrule.formats.elf import is_elf, read_elf

__all__ = ["is_module_library", "named_modules", "text_data"]

_JOINED: Final = (b"__pyx_", b"__Pyx_", b"rust_panic", b"rust_eh_personality")
"""What modules hold whose texts are not separated."""
_SHORTEST_JOINED: Final = 4
"""Shorter names occur in everything."""


def is_module_library(content: bytes, stem: str) -> bool:
    """Return whether a library is the extension module that its name says."""
    name = stem.rpartition(".")[2]
    return any(
        f"{mark}_{name}".encode() in content for mark in ("PyInit", "PyModExport")
    )


def named_modules(content: bytes, known: Collection[str], package: str) -> set[str]:
    """Return the known modules that a library's data names.

    `package` is the one that it lies in: Cython names its neighbours without it.
    """
    data = text_data(content)
    found = {
        text
        for item in re.findall(rb"(?<=\0)[A-Za-z_][\w.]{1,79}(?=\0)", data)
        if (text := item.decode("ascii", "replace")) in known
    }
    if not any(mark in content for mark in _JOINED):
        return found
    data += b"\0" + compressed_texts(data, content)
    for name in known:
        if len(name) >= _SHORTEST_JOINED and name.encode() in data:
            found.add(name)
    if package:
        start = f"{package}."
        for name in known:
            tail = name[len(start) :] if name.startswith(start) else ""
            if tail and "." not in tail and tail.encode() in data:
                found.add(name)
    return found


def text_data(content: bytes) -> bytes:
    """Return the sections that hold texts; everything where they are not known."""
    if not is_elf(content[:4]):
        return content
    try:
        parts = [
            bytes(content[item.offset : item.offset + item.size])
            for item in read_elf(content).sections
            if item.name.startswith((".rodata", ".data", ".lrodata"))
        ]
    except BrokenBinaryError:
        return content
    return b"\0".join(parts) or content
