"""Code signatures of Mach-O files: read, verified, and made without a certificate.

What is made is what linkers make: a code directory with SHA-256 hashes of all
pages, marked as ad hoc and linker-signed, which `codesign` later replaces without
being forced. Source: `cs_blobs.h` of XNU; the numbers are big-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ferrule.formats import macho_image as layout
from ferrule.formats.view import View, decode

if TYPE_CHECKING:
    from ferrule.formats.macho_image import MachImage

__all__ = [
    "Signature",
    "make_signature",
    "read_signature",
    "signature_size",
    "verify_signature",
]

_SUPER_BLOB, _DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_ADHOC, _LINKER_SIGNED = 0x2, 0x20000
_PAGE = 4096
_HEADER = 12 + 8 + 88
"""Sizes of: the super blob, one entry of its index, a code directory 0x20400."""
_HASHES = {1: ("sha1", 20), 2: ("sha256", 32), 3: ("sha256", 20), 4: ("sha384", 48)}


@dataclass(frozen=True)
class Signature:
    """What a code signature says about itself."""

    identifier: str
    flags: int
    hash_type: str
    """`sha1`, `sha256` or `sha384`; empty if unknown."""
    has_certificate: bool
    """Somebody signed it, and changing the file loses that."""

    @property
    def is_adhoc(self) -> bool:
        """Return whether only the hashes are stated, by nobody."""
        return bool(self.flags & _ADHOC) or not self.has_certificate


class _Directory(NamedTuple):
    flags: int
    hashes: int
    """Where the hashes of pages begin, in the directory."""
    identifier: str
    pages: int
    limit: int
    hash_size: int
    hash_type: int
    page: int
    content: View


def read_signature(image: MachImage) -> Signature | None:
    """Return what the signature says; None without one.

    Raises `BrokenMachOError`.
    """
    blobs = dict(_blobs(image))
    if not blobs:
        return None
    directory = _read_directory(blobs[0]) if 0 in blobs else None
    if directory is None:
        raise image.view.broken("its signature has no code directory")
    return Signature(
        directory.identifier,
        directory.flags,
        _HASHES.get(directory.hash_type, ("", 0))[0],
        0x10000 in blobs and blobs[0x10000].size > 8,
    )


def verify_signature(image: MachImage) -> bool:
    """Return whether the hashes in the signature are those of the file.

    False without a signature. Raises `BrokenMachOError`.
    """
    import hashlib

    blobs = dict(_blobs(image))
    if 0 not in blobs:
        return False
    for slot, blob in blobs.items():
        if slot != 0 and not 0x1000 <= slot < 0x1006:
            continue
        found = _read_directory(blob)
        name, size = _HASHES.get(found.hash_type, ("", 0))
        if size != found.hash_size or not name:
            return False
        if found.page not in (_PAGE, 4 * _PAGE, max(found.limit, 1)):
            return False
        code = image.view.slice_at(0, found.limit, "the signed code")
        pages = -(-found.limit // found.page)
        if pages != found.pages:
            return False
        expected = found.content.bytes_at(found.hashes, pages * size, "the hashes")
        for number in range(pages):
            page = code[number * found.page : (number + 1) * found.page]
            digest = hashlib.new(name, page, usedforsecurity=False).digest()[:size]
            if digest != expected[number * size : (number + 1) * size]:
                return False
    return True


def signature_size(limit: int, identifier: str) -> int:
    """Return the size of the signature of `limit` bytes, as it is stored."""
    used = _HEADER + len(identifier.encode()) + 1 + -(-limit // _PAGE) * 32
    return -(-used // 16) * 16


def make_signature(
    head: bytes, rest: memoryview, identifier: str, text: tuple[int, int, bool]
) -> bytes:
    """Return an ad hoc signature of `head`, the changed start, and the `rest`.

    `text` is offset and size of the segment with code, and whether the file is a
    program. The size is that of `signature_size`.
    """
    import struct
    from hashlib import sha256

    name = identifier.encode() + b"\0"
    limit = len(head) + len(rest)
    pages = -(-limit // _PAGE)
    hashes = bytearray()
    # Only the first pages cross from the new head into the unchanged rest.
    mixed = -(-len(head) // _PAGE) * _PAGE
    start = bytes(head) + bytes(rest[: max(mixed - len(head), 0)])
    for position in range(0, len(start), _PAGE):
        hashes += sha256(start[position : position + _PAGE]).digest()
    for position in range(mixed - len(head), len(rest), _PAGE):
        hashes += sha256(rest[position : position + _PAGE]).digest()
    offset, size, is_program = text
    length = 88 + len(name) + len(hashes)
    large = limit if limit >= 1 << 32 else 0
    directory = struct.pack(
        ">9I4B4I4Q",
        *(_DIRECTORY, length, 0x20400, _ADHOC | _LINKER_SIGNED),
        *(88 + len(name), 88, 0, pages, 0xFFFFFFFF if large else limit),
        *(32, 2, 0, _PAGE.bit_length() - 1),
        *(0, 0, 0, 0),
        *(large, offset, size, int(is_program)),
    )
    blob = struct.pack(">5I", _SUPER_BLOB, 20 + length, 1, 0, 20)
    return (blob + directory + name + hashes).ljust(
        signature_size(limit, identifier), b"\0"
    )


def _blobs(image: MachImage) -> Iterator[tuple[int, View]]:
    """Yield the parts of the signature by their slots."""
    command = image.find(layout.LC_CODE_SIGNATURE)
    if command is None:
        return
    start, size = image.fields(command, "2I")
    whole = image.view.part(start, size, "the signature", image.view.name)
    whole.order = ">"
    magic, _, count = whole.unpack("3I", 0, "the signature")
    if magic != _SUPER_BLOB:
        raise whole.broken("its signature has an unknown form")
    for slot, offset in whole.table("2I", 12, count, "the signature"):
        _, length = whole.unpack("2I", offset, "the signature")
        yield slot, whole.part(offset, length, "the signature", whole.name)


def _read_directory(blob: View) -> _Directory:
    what = "the code directory"
    row = blob.unpack("9I4BI", 0, what)
    version, flags, hashes, name, _, count, limit = row[2:9]
    if row[0] != _DIRECTORY:
        raise blob.broken("its signature has no code directory")
    hash_size, hash_type, _, power, _ = row[9:]
    if version >= 0x20300:
        (large,) = blob.unpack("Q", 56, what)
        limit = large or limit
    identifier = decode(blob.raw_text_at(name, blob.size, what))
    page = 1 << power if 0 < power < 32 else max(limit, 1)
    return _Directory(
        flags, hashes, identifier, count, limit, hash_size, hash_type, page, blob
    )
