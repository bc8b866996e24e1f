"""Fixtures that several layers share."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from ferrule import log
from ferrule.python.interpreter import Interpreter

INTERPRETER = Interpreter(
    executable="/opt/python/bin/python3",
    base_executable="/opt/python/bin/python3",
    implementation="CPython",
    version=(3, 12, 1),
    implementation_version=(3, 12),
    pointer_width=64,
    system="Linux",
    platform="linux-x86_64",
    machine="x86_64",
    soabi="cpython-312-x86_64-linux-gnu",
    ext_suffix=".cpython-312-x86_64-linux-gnu.so",
    soabi_platform="",
    ld_version="3.12",
    lib_dir="/opt/python/lib",
    base_prefix="/opt/python",
    prefix="/opt/python",
    shared=True,
    gil_disabled=False,
    debug=False,
    build_flags=(),
    framework="",
    framework_prefix="",
    is_conda=False,
    cache_tag="cpython-312",
)


class ElfBuilder:
    """Writes small but complete ELF images, with one segment from address 0."""

    def __init__(self, *, bits=64, little=True, machine=62, flags=0):
        self.is_64 = bits == 64
        self.order = "<" if little else ">"
        self.machine = machine
        self.flags = flags
        self.strings = bytearray(b"\0")

    def text(self, value):
        offset = len(self.strings)
        self.strings += value.encode() + b"\0"
        return offset

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def build(
        self,
        *,
        needed=(),
        soname="",
        rpath="",
        runpath="",
        symbols=(),
        versions=None,
        interpreter="",
        isa=0,
        gnu_hash=False,
        stack=0,
        api=0,
    ):
        """Symbols are (name, defined, weak, version) tuples.

        `stack` are the flags of PT_GNU_STACK, `api` is a level of Android.
        """
        dynamic = [(1, self.text(name)) for name in needed]
        for tag, value in ((14, soname), (15, rpath), (29, runpath)):
            if value:
                dynamic.append((tag, self.text(value)))
        indexes, verneed = self._versions(versions or {})
        ordered = sorted(symbols, key=lambda item: bool(item[1]))
        symtab = b"\0" * (24 if self.is_64 else 16)
        versym = self.pack("H", 0)
        for name, defined, weak, version in ordered:
            info, section = (2 if weak else 1) << 4 | 2, 5 if defined else 0
            if self.is_64:
                symtab += self.pack("I2BH2Q", self.text(name), info, 0, section, 0, 0)
            else:
                symtab += self.pack("3I2BH", self.text(name), 0, 0, info, 0, section)
            versym += self.pack("H", indexes.get(version, 1))
        undefined = sum(1 for item in ordered if not item[1])
        table = self._hash(len(ordered) + 1, undefined + 1, gnu_hash=gnu_hash)
        note = b""
        if isa:
            note = self.pack("3I4s", 4, 16, 5, b"GNU\0")
            note += self.pack("4I", 0xC0008002, 4, isa, 0)
        if api:
            note = self.pack("3I8s4xI4x", 8, 4, 1, b"Android\0", api)
        kind = 4 if api else 0x6474E553
        blobs = {
            0x6FFFFEF5 if gnu_hash else 4: table,
            6: symtab,
            0x6FFFFFF0: versym,
            0x6FFFFFFE: verneed,
            5: bytes(self.strings),
        }
        return self._lay_out(
            dynamic, blobs, versions or {}, interpreter, (kind, note), stack
        )

    def _versions(self, versions):
        indexes, content, number = {}, b"", 2
        for position, (library, names) in enumerate(versions.items()):
            inner = b""
            for place, name in enumerate(names):
                step = 0 if place == len(names) - 1 else 16
                inner += self.pack("I2H2I", 0, 0, number, self.text(name), step)
                indexes[name] = number
                number += 1
            step = 0 if position == len(versions) - 1 else 16 + len(inner)
            content += self.pack("2H3I", 1, len(names), self.text(library), 16, step)
            content += inner
        return indexes, content

    def _hash(self, count, first, *, gnu_hash):
        if not gnu_hash:
            return self.pack("2I", 1, count) + self.pack("I", 0) * (1 + count)
        word = "Q" if self.is_64 else "I"
        head = self.pack("4I", 1, first, 1, 0) + self.pack(word, 0)
        if first >= count:
            return head + self.pack("I", 0)
        chain = [0] * (count - first - 1) + [1]
        return head + self.pack("I", first) + self.pack(f"{len(chain)}I", *chain)

    def _lay_out(self, dynamic, blobs, versions, interpreter, kind_and_note, stack):
        kind, note = kind_and_note
        header_size, segment_size = (64, 56) if self.is_64 else (52, 32)
        pair = "qQ" if self.is_64 else "iI"
        count = 2 + bool(interpreter) + bool(note) + bool(stack)
        body, base = b"", header_size + count * segment_size
        places = {}
        for tag, content in blobs.items():
            body += b"\0" * (-(base + len(body)) % 8)
            places[tag] = base + len(body)
            body += content
        dynamic = [*dynamic, *((tag, place) for tag, place in places.items())]
        dynamic += [(10, len(self.strings)), (0x6FFFFFFF, len(versions)), (0, 0)]
        if not versions:
            dynamic = [item for item in dynamic if item[0] < 0x6FFFFFF0]
        body += b"\0" * (-(base + len(body)) % 8)
        start = base + len(body)
        table = b"".join(self.pack(pair, *item) for item in dynamic)
        body += table
        extra = []
        if interpreter:
            text = interpreter.encode() + b"\0"
            extra.append((3, base + len(body), len(text)))
            body += text
        if note:
            extra.append((kind, base + len(body), len(note)))
            body += note
        total = base + len(body)
        segments = [(1, 0, total), (2, start, len(table)), *extra]
        if stack:
            segments.append((0x6474E551, 0, 0, stack))
        return self._header(count, header_size, segment_size) + (
            b"".join(self._segment(*item) for item in segments) + body
        )

    def _header(self, count, header_size, segment_size):
        ident = b"\x7fELF" + bytes(
            [2 if self.is_64 else 1, 1 if self.order == "<" else 2, 1]
        )
        layout = "2HI3QI6H" if self.is_64 else "2H5I6H"
        return ident.ljust(16, b"\0") + self.pack(
            layout, 3, self.machine, 1, 0, header_size, 0, self.flags,
            header_size, segment_size, count, 0, 0, 0,
        )  # fmt: skip

    def _segment(self, kind, start, size, flags=4):
        if self.is_64:
            return self.pack("2I6Q", kind, flags, start, start, start, size, size, 8)
        return self.pack("8I", kind, start, start, start, size, size, flags, 4)


@pytest.fixture
def elf_image():
    """Give a function that makes ELF images: options of class, then content."""

    def make(*, bits=64, little=True, machine=62, flags=0, **content):
        builder = ElfBuilder(bits=bits, little=little, machine=machine, flags=flags)
        return builder.build(**content)

    return make


@pytest.fixture
def warnings():
    """Collect the warnings that are logged."""
    found = []

    def sink(kind, message):
        if kind == "warning":
            found.append(message)

    with log.sink_to(sink):
        yield found


@pytest.fixture
def make_interpreter():
    """Return a function that makes a Python of this version, with changes."""

    def make(version: str = "3.12", **changes: object) -> Interpreter:
        major, minor = map(int, version.rstrip("t").split("."))
        values: dict[str, object] = {
            "version": (major, minor, 1),
            "implementation_version": (major, minor),
            "ld_version": version,
            "ext_suffix": f".cpython-{version.replace('.', '')}-x86_64-linux-gnu.so",
        }
        if version.endswith("t"):
            values |= {"gil_disabled": True, "build_flags": ("Py_GIL_DISABLED",)}
        return replace(INTERPRETER, **{**values, **changes})

    return make
