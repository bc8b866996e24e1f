"""The payload behind a program: `program ‖ members ‖ index ‖ trailer`.

The trailer is the last 64 bytes of the file: eight bytes of magic, the sizes of
members and index (eight bytes each, little-endian like all numbers), eight bytes
of zeros, and the SHA-256 of the index. The index is a marshalled tuple that every
Python can read: facts, modules by name, libraries by path, and what a library
needs first. An entry is offset, stored size and size (eight bytes each) and the
SHA-256 of what is stored, so each byte is covered by the trailer; entries of
modules go on with their kind and their path. Files that are no modules are listed
in a member of their own, which programs seldom need.

The same files give the same bytes. Sections of a program would be a better place
where signatures cover the file; on Linux none do.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ferrule.errors.bundle import PayloadError

__all__ = [
    "ENTRY_BYTES",
    "TRAILER_BYTES",
    "LoadPolicy",
    "ModuleKind",
    "ModuleMember",
    "Payload",
    "PayloadFacts",
    "StoredPayload",
    "read_payload",
]

LoadPolicy = Literal["auto", "memory", "cache"]
ModuleKind = Literal["module", "package", "namespace", "extension"]

MAGIC: Final = b"FERRULE\x01"
TRAILER_BYTES: Final = 64
ENTRY_BYTES: Final = 56
_FORMAT: Final = 1
_KINDS: Final[Mapping[ModuleKind, bytes]] = {
    "module": b"m",
    "package": b"p",
    "namespace": b"n",
    "extension": b"x",
}
# Every later version writes references, which depend on reference counts.
_MARSHAL_VERSION: Final = 2
_TRAILER: Final = struct.Struct("<8sQQ8x32s")
_ENTRY: Final = struct.Struct("<QQQ32s")
_COMPRESSION_LEVEL: Final = 6


@dataclass(frozen=True)
class PayloadFacts:
    """What the importer is told besides where things lie."""

    roots: tuple[str, ...] = ()
    """The folders on `sys.path`, below the program."""
    policy: LoadPolicy = "auto"
    """Where libraries are opened from."""
    paranoid: bool = False
    """Compare the digest of a cached library at every start."""


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
    compress: bool = False

    def chunks(self) -> Iterator[bytes]:
        """Yield members, index and trailer; the whole is what follows a program."""
        from hashlib import sha256

        members = _Members(compress=self.compress)
        modules: dict[str, bytes] = {}
        for name in sorted(self.modules):
            module = self.modules[name]
            entry = bytes(ENTRY_BYTES)
            if module.kind != "namespace":
                entry = members.add(module.content, plain=module.is_plain)
            modules[name] = entry + _KINDS[module.kind] + module.path.encode()
            yield from members.take()
        libraries: dict[str, bytes] = {}
        for path in sorted(self.libraries):
            content, plain = self.libraries[path], path in self.plain
            libraries[path] = members.add(content, plain=plain)
            yield from members.take()
        files: dict[str, bytes] = {}
        for path in sorted(self.files):
            files[path] = members.add(self.files[path])
            yield from members.take()
        listing = members.add(marshal.dumps(files, _MARSHAL_VERSION))
        yield from members.take()
        facts = {
            "format": _FORMAT,
            "roots": self.facts.roots,
            "policy": self.facts.policy,
            "paranoid": self.facts.paranoid,
            "files": listing,
        }
        needs = {path: tuple(self.needs[path]) for path in sorted(self.needs)}
        index = marshal.dumps((facts, modules, libraries, needs), _MARSHAL_VERSION)
        yield index
        yield _TRAILER.pack(MAGIC, members.size, len(index), sha256(index).digest())


class _Members:
    """Counts offsets while members pass by; equal contents are stored once."""

    def __init__(self, *, compress: bool) -> None:
        self.size = 0
        self._compress = compress
        self._known: dict[tuple[bytes, bool], bytes] = {}
        self._waiting: list[bytes] = []

    def add(self, content: bytes, *, plain: bool = False) -> bytes:
        """Return the entry of a content that `take` gives out."""
        from hashlib import sha256

        key = sha256(content).digest(), plain
        if key in self._known:
            return self._known[key]
        stored = content
        if self._compress and not plain:
            import zlib

            smaller = zlib.compress(content, _COMPRESSION_LEVEL)
            # An eighth less, or it is not worth the time at every start.
            if len(smaller) * 8 < len(content) * 7:
                stored = smaller
        digest = key[0] if stored is content else sha256(stored).digest()
        entry = _ENTRY.pack(self.size, len(stored), len(content), digest)
        self.size += len(stored)
        self._waiting.append(stored)
        self._known[key] = entry
        return entry

    def take(self) -> Sequence[bytes]:
        """Return what was added since the last call."""
        taken, self._waiting = self._waiting, []
        return taken


@dataclass(frozen=True, eq=False)
class StoredPayload:
    """A payload read back; every digest was compared."""

    start: int
    """Where it begins in the program: the size of the program itself."""
    facts: Mapping[str, Any]
    modules: Mapping[str, bytes]
    libraries: Mapping[str, bytes]
    needs: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]
    members: memoryview

    def read(self, entry: bytes) -> bytes:
        """Return the content of an entry."""
        offset, stored, size, _ = _ENTRY.unpack(entry[:ENTRY_BYTES])
        content = bytes(self.members[offset : offset + stored])
        if stored == size:
            return content
        import zlib

        return zlib.decompress(content)


def read_payload(program: bytes, name: str) -> StoredPayload:
    """Read the payload of a program and compare every digest in it.

    `name` is what errors call the program. Raises `PayloadError`.
    """
    from hashlib import sha256

    if len(program) < TRAILER_BYTES or program[-TRAILER_BYTES:][:8] != MAGIC:
        raise PayloadError(name, "it does not end with a payload")
    fields = _TRAILER.unpack(program[-TRAILER_BYTES:])
    _, members_size, index_size, digest = fields
    start = len(program) - TRAILER_BYTES - index_size - members_size
    if start < 0:
        raise PayloadError(name, "it was cut short")
    view = memoryview(program)[start : len(program) - TRAILER_BYTES]
    members, index = view[:members_size], view[members_size:]
    if sha256(index).digest() != digest:
        raise PayloadError(name, "its index has changed since it was built")
    facts, modules, libraries, needs = marshal.loads(index)  # noqa: S302 - ferrule's own
    if facts["format"] != _FORMAT:
        raise PayloadError(name, f"its format is {facts['format']}, not {_FORMAT}")
    _check_entry(members, facts["files"], "list of files", name)
    stored = StoredPayload(start, facts, modules, libraries, needs, {}, members)
    files = marshal.loads(stored.read(facts["files"]))  # noqa: S302 - as above
    for table in (modules, libraries, files):
        for label, entry in table.items():
            if any(entry[:ENTRY_BYTES]):
                _check_entry(members, entry, label, name)
    return StoredPayload(start, facts, modules, libraries, needs, files, members)


def _check_entry(members: memoryview, entry: bytes, label: str, name: str) -> None:
    from hashlib import sha256

    offset, stored, _, digest = _ENTRY.unpack(entry[:ENTRY_BYTES])
    content = members[offset : offset + stored]
    if len(content) != stored or sha256(content).digest() != digest:
        raise PayloadError(name, f"{label} has changed since it was built")
