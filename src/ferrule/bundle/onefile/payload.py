"""The payload behind a program: `program ‖ members ‖ index ‖ trailer`.

The trailer is the last 64 bytes of the file: eight bytes of magic, the sizes of
members and index (eight bytes each, little-endian like all numbers), eight bytes
of zeros, and the SHA-256 of the index. The index is a marshalled tuple that every
Python can read: facts, modules by name, libraries by path, and what a library
needs first. Behind it, for what runs before Python does, stand the entries of the
libraries that the program starts with, each with its checksum in eight bytes, and
the size of all that (eight bytes). An entry is offset, stored size and size (eight
bytes each) and the SHA-256 of what is stored, so each byte is covered by the
trailer; entries of modules go on with their kind and their path. Files that are no
modules are listed in a member of their own, which programs seldom need. A library
that lies beside the program has an entry of nothing stored, with the SHA-256 of the
file.

Libraries are large. For those that are stored as they are, the facts have their
CRC-32, which is compared instead of the SHA-256 in a fifth of the time: it finds
damage as well, and neither is more than that. All ones stand for no checksum.

The same files give the same bytes. Sections of a program would be a better place
where signatures cover the file; on Linux none do.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ferrule.bundle.onefile.deflated import Deflater

__all__ = [
    "ENTRY",
    "ENTRY_BYTES",
    "FORMAT",
    "MAGIC",
    "NO_CHECKSUM",
    "START_BYTES",
    "TRAILER",
    "TRAILER_BYTES",
    "LoadPolicy",
    "ModuleKind",
    "ModuleMember",
    "Payload",
    "PayloadFacts",
]

LoadPolicy = Literal["auto", "memory", "cache", "beside"]
ModuleKind = Literal["module", "package", "namespace", "extension"]

MAGIC: Final = b"FERRULE\x01"
TRAILER_BYTES: Final = 64
ENTRY_BYTES: Final = 56
FORMAT: Final = 2
NO_CHECKSUM: Final = (1 << 64) - 1
START_BYTES: Final = ENTRY_BYTES + 8
"""Of a library that the program starts with: an entry, and its checksum."""
_KINDS: Final[Mapping[ModuleKind, bytes]] = {
    "module": b"m",
    "package": b"p",
    "namespace": b"n",
    "extension": b"x",
}
# Every later version writes references, which depend on reference counts.
_MARSHAL_VERSION: Final = 2
TRAILER: Final = struct.Struct("<8sQQ8x32s")
ENTRY: Final = struct.Struct("<QQQ32s")


@dataclass(frozen=True)
class PayloadFacts:
    """What the importer is told besides where things lie."""

    roots: tuple[str, ...] = ()
    """The folders on `sys.path`, below the program."""
    policy: LoadPolicy = "auto"
    """Where libraries are opened from."""
    paranoid: bool = False
    """Compare the digest of every library at every start."""
    name: str = "program"
    """Of the program: the cache keeps its versions together."""
    beside: str = ""
    """The folder beside the program with its libraries, for `beside`."""
    may_override: bool = False
    """Whether FERRULE_EXT_LOAD may choose another policy."""


@dataclass(frozen=True)
class ModuleMember:
    """One module."""

    kind: ModuleKind
    path: str
    """The file that it seems to come from; the folder of a namespace."""
    content: bytes = b""
    """Marshalled code or the library; nothing for a namespace."""
    is_plain: bool = False
    """Never compressed: the decompressor itself needs it."""


@dataclass(frozen=True)
class Payload:
    """What is put behind a program."""

    facts: PayloadFacts
    modules: Mapping[str, ModuleMember]
    libraries: Mapping[str, bytes] = field(default_factory=dict)
    """Libraries that are no modules, by path."""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For modules and libraries, by path: what is opened before them, in order."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    """Libraries that are never compressed."""
    start: Mapping[str, bytes] = field(default_factory=dict)
    """Libraries that the program starts with, in the order of loading."""
    compress: bool = False
    kept: Path | None = None
    """Where compressed members are kept for the next time."""
    circles: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    """Libraries that need each other, by path: descriptors and paths (`circles`)."""

    def chunks(self) -> Iterator[bytes]:
        """Yield members, index and trailer; the whole is what follows a program."""
        from hashlib import sha256

        members = _Members(self._deflater())
        store = _outside if self.facts.beside else members.add
        modules: dict[str, bytes] = {}
        for name in sorted(self.modules):
            module = self.modules[name]
            entry = bytes(ENTRY_BYTES)
            if module.kind != "namespace":
                add = store if module.kind == "extension" else members.add
                entry = add(module.content, plain=module.is_plain)
            modules[name] = entry + _KINDS[module.kind] + module.path.encode()
            yield from members.take()
        libraries: dict[str, bytes] = {}
        for path in sorted(self.libraries):
            content, plain = self.libraries[path], path in self.plain
            libraries[path] = store(content, plain=plain)
            yield from members.take()
        start = [
            members.add(content, plain=True) + self._checksum(content)
            for content in self.start.values()
        ]
        yield from members.take()
        files: dict[str, bytes] = {}
        for path in sorted(self.files):
            files[path] = members.add(self.files[path])
            yield from members.take()
        listing = members.add(marshal.dumps(files, _MARSHAL_VERSION))
        yield from members.take()
        facts = {
            "format": FORMAT,
            "roots": self.facts.roots,
            "policy": self.facts.policy,
            "paranoid": self.facts.paranoid,
            "name": self.facts.name,
            "beside": self.facts.beside,
            "may_override": self.facts.may_override,
            "files": listing,
            "sums": self._checksums(libraries, modules),
            "circles": {path: self.circles[path] for path in sorted(self.circles)},
        }
        needs = {path: tuple(self.needs[path]) for path in sorted(self.needs)}
        index = marshal.dumps((facts, modules, libraries, needs), _MARSHAL_VERSION)
        table = b"".join(start)
        index += table + len(table).to_bytes(8, "little")
        yield index
        yield TRAILER.pack(MAGIC, members.size, len(index), sha256(index).digest())

    def _checksums(
        self, libraries: Mapping[str, bytes], modules: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Return the checksums of libraries that are stored as they are, by path."""
        if self.facts.paranoid:
            return {}
        found = {
            path: self.libraries[path]
            for path, entry in libraries.items()
            if _is_stored(entry)
        }
        for name, module in self.modules.items():
            if module.kind == "extension" and _is_stored(modules[name]):
                found[module.path] = module.content
        return {path: self._checksum(found[path]) for path in sorted(found)}

    def _checksum(self, content: bytes) -> bytes:
        from zlib import crc32

        value = NO_CHECKSUM if self.facts.paranoid else crc32(content)
        return value.to_bytes(8, "little")

    def _deflater(self) -> Deflater | None:
        if not self.compress:
            return None
        deflater = Deflater(self.kept)
        contents = [*self.files.values()]
        for module in self.modules.values():
            is_outside = self.facts.beside and module.kind == "extension"
            if not module.is_plain and not is_outside:
                contents.append(module.content)
        if not self.facts.beside:
            for path, content in self.libraries.items():
                if path not in self.plain:
                    contents.append(content)
        deflater.prepare(contents)
        return deflater


def _is_stored(entry: bytes) -> bool:
    """Return whether a content lies in the payload as it is."""
    _, stored, size, _ = ENTRY.unpack(entry[:ENTRY_BYTES])
    return bool(stored == size)


def _outside(content: bytes, *, plain: bool = False) -> bytes:
    """Return the entry of a library that lies beside the program."""
    from hashlib import sha256

    del plain
    return ENTRY.pack(0, 0, len(content), sha256(content).digest())


class _Members:
    """Counts offsets while members pass by; equal contents are stored once."""

    def __init__(self, deflater: Deflater | None) -> None:
        self.size = 0
        self._deflater = deflater
        self._known: dict[tuple[bytes, bool], bytes] = {}
        self._waiting: list[bytes] = []

    def add(self, content: bytes, *, plain: bool = False) -> bytes:
        """Return the entry of a content that `take` gives out."""
        from hashlib import sha256

        key = sha256(content).digest(), plain
        if key in self._known:
            return self._known[key]
        stored = content
        if self._deflater is not None and not plain:
            stored = self._deflater.stored(content, key[0])
        digest = key[0] if len(stored) == len(content) else sha256(stored).digest()
        entry = ENTRY.pack(self.size, len(stored), len(content), digest)
        self.size += len(stored)
        self._waiting.append(stored)
        self._known[key] = entry
        return entry

    def take(self) -> Sequence[bytes]:
        """Return what was added since the last call."""
        taken, self._waiting = self._waiting, []
        return taken
