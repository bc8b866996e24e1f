"""Small Mach-O and PE files, written field by field, and a check of readers."""

from __future__ import annotations

import struct

import pytest

from ferrule.errors.formats import BrokenBinaryError
from tests.unit.damage import damaged_copies


class MachOBuilder:
    """Writes a slice: __TEXT with one section, and __LINKEDIT behind it."""

    def __init__(self, *, bits=64, little=True, cpu=(0x0100000C, 0), file_type=6):
        self.bits, self.file_type, self.cpu = bits, file_type, cpu
        self.order = "<" if little else ">"

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def command(self, kind, content):
        content += b"\0" * (-len(content) % 8)
        return self.pack("2I", kind, len(content) + 8) + content

    def named(self, kind, name, *numbers):
        start = 12 + 4 * len(numbers)
        return self.command(
            kind, self.pack("I", start) + self.pack(f"{len(numbers)}I", *numbers)
            + name.encode() + b"\0",
        )  # fmt: skip

    def segment(self, name, address, memory, offset, size, section=None):
        wide = self.bits == 64
        word = "Q" if wide else "I"
        content = name.encode().ljust(16, b"\0")
        content += self.pack(f"4{word}4I", address, memory, offset, size, 5, 5,
                             section is not None, 0)  # fmt: skip
        if section is not None:
            place, length = section
            content += b"__text".ljust(16, b"\0") + name.encode().ljust(16, b"\0")
            content += self.pack(f"2{word}7I", place, length, place, 2, 0, 0, 0, 0, 0)
            content += b"\0" * (4 if wide else 0)
        return self.pack("2I", 0x19 if wide else 1, len(content) + 8) + content

    def build(
        self,
        *,
        name="/usr/local/lib/libcore.dylib",
        libraries=(("/usr/lib/libSystem.B.dylib", 0xC),),
        rpaths=(),
        imports=(("PyList_New", 1, False),),
        exports=("PyInit_core",),
        bindings="chained",
        code=b"\xd5" * 8192,
        pad=256,
        extra=(),
        tail=b"",
        platform=1,
        minimum=(11, 0),
    ):
        trie = self.trie(exports) if exports else b""
        fixups = self.fixups(imports) if bindings == "chained" else b""
        binds = self.binds(imports) if bindings == "opcodes" else b""
        table, strings, groups = self.symbols(imports, exports)
        linkedit = [trie, fixups, binds, table, strings]
        commands = [self.named(0xD, name, 2, 0x10203, 0x10000)] if name else []
        commands += [
            self.named(kind, item, 2, 0x50000, 0x10000) for item, kind in libraries
        ]
        commands += [self.named(0x8000001C, path) for path in rpaths]
        commands += [
            self.command(0x1B, bytes(range(16))),
            self.build_version(platform, *minimum),
            *extra,
        ]
        head = 32 if self.bits == 64 else 28
        sizes = sum(map(len, commands)) + 2 * 152 + 200
        start = (head + sizes + pad + 15) // 16 * 16
        places, position = [], start + len(code)
        for part in linkedit:
            places.append((position, len(part)))
            position += len(part) + -len(part) % 8
        end = start + len(code)
        commands.insert(
            0, self.segment("__TEXT", 0, 0x8000, 0, end, (start, len(code)))
        )
        commands.insert(
            1,
            self.segment("__LINKEDIT", 0x8000, 0x4000, end, position - end + len(tail)),
        )
        if bindings == "chained":
            commands.append(self.command(0x80000033, self.pack("2I", *places[0])))
            commands.append(self.command(0x80000034, self.pack("2I", *places[1])))
        elif bindings == "opcodes":
            info = (0, 0, *places[2], 0, 0, 0, 0, *places[0])
            commands.append(self.command(0x80000022, self.pack("10I", *info)))
        count = len(table) // (16 if self.bits == 64 else 12)
        where = (places[3][0], count, *places[4])
        commands.append(self.command(2, self.pack("4I", *where)))
        commands.append(self.command(0xB, self.pack("6I", *groups) + bytes(48)))
        content = self.header(commands).ljust(start, b"\0") + code
        for part in linkedit:
            content += part + b"\0" * (-len(part) % 8)
        return content + tail

    def build_version(self, platform, major, minor):
        oldest = major << 16 | minor << 8
        return self.command(0x32, self.pack("4I", platform, oldest, 0xE0500, 0))

    def header(self, commands):
        body, wide = b"".join(commands), self.bits == 64
        magic = 0xFEEDFACF if wide else 0xFEEDFACE
        numbers = (self.file_type, len(commands), len(body), 0x85)
        return self.pack("7I", magic, *self.cpu, *numbers) + bytes(4 * wide) + body

    def symbols(self, imports, exports):
        strings, rows = b" \0", b""
        word = "Q" if self.bits == 64 else "I"
        for item in exports:
            rows += self.pack(f"I2BH{word}", len(strings), 0x0F, 1, 0, 0x4000)
            strings += b"_" + item.encode() + b"\0"
        for item, ordinal, weak in imports:
            more = (ordinal & 0xFF) << 8 | (0x40 if weak else 0)
            rows += self.pack(f"I2BH{word}", len(strings), 1, 0, more, 0)
            strings += b"_" + item.encode() + b"\0"
        groups = (0, 0, 0, len(exports), len(exports), len(imports))
        return rows, strings, groups

    def fixups(self, imports):
        names, rows = b"\0", b""
        for item, ordinal, weak in imports:
            rows += self.pack("I", (ordinal & 0xFF) | weak << 8 | len(names) << 9)
            names += b"_" + item.encode() + b"\0"
        count = len(imports)
        return self.pack("7I", 0, 0, 28, 28 + len(rows), count, 1, 0) + rows + names

    def binds(self, imports):
        code = b"\x51\x72" + uleb(300)
        for item, ordinal, weak in imports:
            code += (
                bytes([0x10 | ordinal])
                if ordinal >= 0
                else bytes([0x30 | ordinal & 15])
            )
            code += bytes([0x40 | weak]) + b"_" + item.encode() + b"\0\x90"
        return code + b"\0"

    def trie(self, names):
        """One node below the root for each name."""
        leaf = b"\x02\x00\x10\x00"
        edges, size = [], 2 + sum(len(item) + 2 + 2 for item in names)
        for number, item in enumerate(names):
            place = size + number * len(leaf)
            low = bytes([place & 0x7F | 0x80, place >> 7])
            edges.append(b"_" + item.encode() + b"\0" + low)
        return bytes([0, len(names)]) + b"".join(edges) + leaf * len(names)


def uleb(number):
    return bytes([number & 0x7F | 0x80, number >> 7])


@pytest.fixture
def macho_image():
    """Give a function that makes thin Mach-O files: options, then content."""

    def make(*, bits=64, little=True, cpu=(0x0100000C, 0), file_type=6, **content):
        builder = MachOBuilder(bits=bits, little=little, cpu=cpu, file_type=file_type)
        return builder.build(**content)

    return make


@pytest.fixture
def fat_image():
    """Give a function that makes a fat file of (cpu type, cpu subtype, content)."""

    def make(*parts, wide=False, align=14):
        size = 32 if wide else 20
        head = struct.pack(">2I", 0xCAFEBABF if wide else 0xCAFEBABE, len(parts))
        body, position = b"", 8 + size * len(parts)
        for kind, subtype, content in parts:
            gap = -position % (1 << align)
            row = (kind, subtype, position + gap, len(content), align)
            head += struct.pack(">2I2QI4x" if wide else ">5I", *row)
            body += bytes(gap) + content
            position += gap + len(content)
        return head + body

    return make


class PeBuilder:
    """Writes an image with the sections .text and .rdata."""

    def __init__(self, *, wide=True, machine=0x8664, align=0x200):
        self.wide, self.machine, self.align = wide, machine, align
        self.rows = bytearray()

    def add(self, content, step=4):
        self.rows += bytes(-len(self.rows) % step)
        place = 0x2000 + len(self.rows)
        self.rows += content
        return place

    def text(self, value, step=2):
        return self.add(value.encode() + b"\0", step)

    def thunks(self, symbols, base=0):
        word, size = ("<Q", 8) if self.wide else ("<I", 4)
        values = []
        for item in symbols:
            if isinstance(item, int):
                values.append(1 << (8 * size - 1) | item)
            else:
                values.append(self.add(b"\0\0" + item.encode() + b"\0", 2) + base)
        packed = b"".join(struct.pack(word, value) for value in (*values, 0))
        return self.add(packed, size)

    def build(
        self,
        *,
        imports=(("KERNEL32.dll", ("Sleep", 17)), ("python3.dll", ("PyList_New",))),
        delayed=(),
        old_delay=False,
        exports=("PyInit_core",),
        forward="",
        pdb="",
        load_flags=None,
        bound=False,
        slack=0,
        signature=b"",
        overlay=b"",
        more_sections=0,
    ):
        self.base = 0x10000000
        tables = {}
        rows = [(self.thunks(used), self.text(dll)) for dll, used in imports]
        tables[1] = self.add(
            b"".join(
                struct.pack("<5I", names, 1 if bound else 0, 0, name, names)
                for names, name in rows
            ) + bytes(20)
        )  # fmt: skip
        base = self.base if old_delay else 0
        rows = [(self.thunks(used, base), self.text(dll)) for dll, used in delayed]
        if delayed:
            tables[13] = self.add(
                b"".join(
                    struct.pack("<8I", not old_delay, name + base, 0, names + base,
                                names + base, 0, 0, 0)
                    for names, name in rows
                ) + bytes(32)
            )  # fmt: skip
        if exports:
            tables[0] = self.exports(exports, forward)
        if pdb:
            tables[6] = self.debug(pdb)
        if load_flags is not None:
            size, place = (112, 78) if self.wide else (92, 54)
            config = bytearray(struct.pack("<I", size).ljust(size, b"\0"))
            struct.pack_into("<H", config, place, load_flags)
            tables[10] = self.add(bytes(config), 8)
        return self.lay_out(tables, bound, slack, signature, overlay, more_sections)

    def exports(self, exports, forward):
        # A forwarder is known by its place: behind the directory, in its range.
        place = self.add(bytes(40))
        target = self.text(forward) if forward else 0x1000
        names = [self.text(item) for item in exports]
        functions = self.add(struct.pack(f"<{len(names)}I", *[target] * len(names)))
        listed = self.add(struct.pack(f"<{len(names)}I", *names))
        numbers = self.add(struct.pack(f"<{len(names)}H", *range(len(names))))
        row = (5, len(names), len(names), functions, listed, numbers)
        struct.pack_into("<6I", self.rows, place - 0x2000 + 16, *row)
        return place

    def debug(self, pdb):
        content = b"RSDS" + bytes(range(20)) + pdb.encode() + b"\0"
        place = self.add(content)
        offset = 0x600 + place - 0x2000
        return self.add(struct.pack("<7I", 0, 0, 0, 2, len(content), place, offset))

    def lay_out(self, tables, bound, slack, signature, overlay, more_sections):
        rdata = bytes(self.rows)
        used = len(rdata)
        stored = (used + self.align - 1) // self.align * self.align
        if slack is not None and stored - used < slack:
            stored += self.align
        if slack is None:
            # A section without unused end.
            used = stored
        sections = [
            (b".text", 0x200, 0x1000, 0x200, 0x400, 0x60000020),
            (b".rdata", used, 0x2000, stored, 0x600, 0x40000040),
        ]
        for number in range(more_sections):
            place = 0x10000 * (number + 1)
            sections.append((b".more", 0x200, place, 0, 0, 0xC0000080))
        sizes = {0: 0x1000 if 0 in tables else 0, 6: 28, 10: 112}
        entries = [(tables.get(item, 0), sizes.get(item, 64) if item in tables else 0)
                   for item in range(16)]  # fmt: skip
        if bound:
            entries[11] = (0x300, 16)
        end = 0x600 + stored
        content = b"\xc3" * 0x200 + rdata.ljust(stored, b"\0") + overlay
        if signature:
            entries[4] = (end + len(overlay), len(signature))
        total = max(item[2] + 0x1000 for item in sections)
        head = self.optional(total, entries)
        start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
        coff = (self.machine, len(sections), 1234, 0, 0, len(head), 0x2022)
        body = start.ljust(0x80, b"\0") + b"PE\0\0" + struct.pack("<2H3I2H", *coff)
        body += head
        for name, size, address, raw, offset, flags in sections:
            row = (size, address, raw, offset, 0, 0, 0, 0, flags)
            body += name.ljust(8, b"\0") + struct.pack("<6I2HI", *row)
        return body.ljust(0x400, b"\0") + content + signature

    def optional(self, total, entries):
        head = struct.pack("<H2B5I", 0x20B if self.wide else 0x10B, 14, 30, 0x200,
                           0x400, 0, 0x1000, 0x1000)  # fmt: skip
        head += b"" if self.wide else struct.pack("<I", 0x2000)
        head += struct.pack("<Q" if self.wide else "<I", self.base)
        head += struct.pack("<2I6H4I2H", 0x1000, self.align, 6, 0, 0, 0, 6, 0, 0,
                            total, 0x400, 0, 2, 0x160)  # fmt: skip
        head += struct.pack("<4Q" if self.wide else "<4I", 1, 1, 1, 1)
        head += struct.pack("<2I", 0, 16)
        return head + b"".join(struct.pack("<2I", *item) for item in entries)


@pytest.fixture
def pe_image():
    """Give a function that makes PE files: options of class, then content."""

    def make(*, wide=True, machine=0x8664, **content):
        return PeBuilder(wide=wide, machine=machine).build(**content)

    return make


def fails_by_design(read, content, allowed=BrokenBinaryError):
    """Read; only designed errors may come out. Return whether there was one."""
    try:
        read(content)
    except allowed:
        return True
    return False


@pytest.fixture
def truncated_everywhere():
    """Give a check: a file of which the end is missing never surprises."""

    def check(content, read, *, step=1, allowed=BrokenBinaryError):
        failed = [
            fails_by_design(read, content[:size], allowed)
            for size in range(0, len(content), step)
        ]
        assert failed[0]
        assert not fails_by_design(read, content, allowed)

    return check


@pytest.fixture
def damaged_anywhere():
    """Give a check: bytes that were changed at random never surprise."""

    def check(content, read, *, allowed=BrokenBinaryError, examples=250):
        for damaged in damaged_copies(content, examples):
            fails_by_design(read, damaged, allowed)

    return check
