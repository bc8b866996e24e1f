"""Wheels and zip archives for tests, right or wrong in a chosen place."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from dataclasses import dataclass, field

METADATA = "Metadata-Version: 2.4\nName: a\nVersion: 1.0\n"
DESCRIBED = (
    METADATA + "License-File: LICENSE\n"
    "Description-Content-Type: text/markdown\n\nThe description.\n"
)


@dataclass
class Member:
    """One entry; the fields of its headers can be overridden."""

    name: str
    content: bytes = b""
    method: int = 8
    mode: int = 0o100644
    system: int = 3
    flags: int = 0
    extra: bytes = b""
    local_extra: bytes = b""
    packed: bytes | None = None
    descriptor: str = ""
    """The `struct` layout of the data descriptor, with or without its mark."""
    central: dict[str, object] = field(default_factory=dict)
    """Overrides for: name, flags, method, crc, size, packed, offset, disk."""
    local: dict[str, object] = field(default_factory=dict)

    @property
    def body(self):
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.content
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return packer.compress(self.content) + packer.flush()

    def facts(self, changes, offset=0):
        name = self.name.encode()
        flags = self.flags | (0 if name.isascii() else 0x800)
        return {
            "name": name,
            "flags": flags | (8 if self.descriptor else 0),
            "method": self.method,
            "crc": zlib.crc32(self.content),
            "size": len(self.content),
            "packed": len(self.body),
            "offset": offset,
            "disk": 0,
            **changes,
        }


def local_part(member):
    changes = dict(member.local)
    if member.descriptor:
        changes = {"crc": 0, "size": 0, "packed": 0, **changes}
    facts = member.facts(changes)
    head = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 20, facts["flags"], facts["method"], 0, 33,
        facts["crc"], facts["packed"], facts["size"], len(facts["name"]),
        len(member.local_extra),
    )  # fmt: skip
    tail = b""
    if member.descriptor:
        true = member.facts({})
        values = [true["crc"], true["packed"], true["size"]]
        mark = [b"PK\7\x08"] if member.descriptor[1] == "4" else []
        tail = struct.pack(member.descriptor, *mark, *values)
    return head + facts["name"] + member.local_extra + member.body + tail


def central_part(member, offset):
    facts = member.facts(member.central, offset)
    return (
        struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", member.system << 8 | 20, 20, facts["flags"],
            facts["method"], 0, 33, facts["crc"], facts["packed"], facts["size"],
            len(facts["name"]), len(member.extra), 0, facts["disk"], 0,
            member.mode << 16, facts["offset"],
        )
        + facts["name"]
        + member.extra
    )  # fmt: skip


def archive(*members, comment=b"", gap=b"", zip64=False, **end):
    """Return a zip archive; `end` overrides count, size and offset of its end."""
    body, places = b"", []
    for member in members:
        places.append(len(body))
        body += local_part(member) + gap
    directory = b"".join(map(central_part, members, places))
    facts = {"count": len(members), "size": len(directory), "offset": len(body), **end}
    result = body + directory
    if zip64:
        at = len(result)
        counts = (facts["count"], facts["count"], facts["size"], facts["offset"])
        result += struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, *counts)
        result += struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)
        facts = {"count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    return result + (
        struct.pack(
            "<4s4H2IH", b"PK\5\6", end.get("disk", 0), 0, facts["count"],
            facts["count"], facts["size"], facts["offset"], len(comment),
        )
        + comment
    )  # fmt: skip


def record_of(files, info):
    """Return a RECORD that is right."""
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
        lines.append(f"{name},sha256={digest.decode().rstrip('=')},{len(content)}\n")
    return "".join([*lines, f"{info}/RECORD,,\n"])


def wheel_text(tag, root=None):
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    tags = [
        f"Tag: {python}-{abi}-{platform}\n"
        for python in pythons
        for abi in abis
        for platform in platforms
    ]
    root = root or ("true" if platforms == ["any"] else "false")
    head = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {root}\n"
    return head + "".join(tags)


def wheel_files(files=None, *, tag="py3-none-any", info="a-1.0.dist-info", **texts):
    """Return the files of a wheel: one module by default, and its metadata.

    `texts` replace METADATA, WHEEL or RECORD; None leaves one out.
    """
    found = dict({"a/__init__.py": b"x = 1\n"} if files is None else files)
    found[f"{info}/licenses/LICENSE"] = b"free\n"
    texts = {"METADATA": DESCRIBED, "WHEEL": wheel_text(tag), **texts}
    for name in ("METADATA", "WHEEL"):
        if texts[name] is not None:
            text = texts[name]
            found[f"{info}/{name}"] = text if isinstance(text, bytes) else text.encode()
    record = texts.get("RECORD", record_of(found, info))
    if record is not None:
        found[f"{info}/RECORD"] = record.encode() if isinstance(record, str) else record
    return found


def wheel_bytes(files=None, *, modes=None, systems=None, **options):
    """Return a wheel; `modes` and `systems` are by path."""
    members = [
        Member(
            name,
            content,
            mode=(modes or {}).get(name, 0o100644),
            system=(systems or {}).get(name, 3),
        )
        for name, content in wheel_files(files, **options).items()
    ]
    return archive(*members)
