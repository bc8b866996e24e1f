"""Reads any wheel at random, over a memory map; nothing is written to disk.

`open_wheel` refuses archives that are damaged or dangerous, so that what works
with an `OpenedWheel` need not think of them: names stay inside the wheel, sizes
are bounded by what the directory says, and content is checked against its
checksum when it is read. Whether the wheel is a *good* one is for
`ferrule.audit` to say.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from mmap import PAGESIZE, mmap
from pathlib import Path
from typing import TYPE_CHECKING, Union
from weakref import WeakValueDictionary

from ferrule.errors.formats import BrokenBinaryError
from ferrule.errors.wheel_file import (
    BrokenWheelError,
    DamagedMemberError,
    WheelLayoutError,
)
from ferrule.mapping import map_file
from ferrule.wheel.checksum import LARGE, compute_crc32, find_libdeflate
from ferrule.wheel.directory import Directory, read_directory
from ferrule.wheel.entry import DEFLATED, Entry

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ferrule.formats.image import Image
    from ferrule.wheel.file_name import WheelFileName
    from ferrule.wheel.record_reading import RecordLine

__all__ = ["Content", "OpenedArchive", "OpenedWheel", "open_archive", "open_wheel"]

Content = Union[bytes, memoryview]

KEPT_BYTES = 256 << 20
"""How much content of binaries is kept because it is asked for repeatedly."""
_PIECE_BYTES = 1 << 20
_FED_BYTES = 1 << 16
"""Compressed bytes at a time: they become 64 MiB at most."""
_FEWEST_BYTES = 32
"""No binary is smaller."""


class OpenedArchive:
    """A zip archive that passed all checks of `ferrule.wheel.directory`."""

    def __init__(self, path: Path, data: memoryview, directory: Directory) -> None:
        self.path = path
        self.size = len(data)
        """Size of the file in bytes."""
        self.entries: Mapping[str, Entry] = directory.entries
        """The files, in the order of the archive; folders are not among them."""
        self.folders = directory.folders
        self.comment = directory.comment
        self._data = data
        self._starts = directory.starts
        self._streamed = directory.streamed
        self._kept: dict[str, Content] = {}
        self._kept_size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the map; it ends when no content or image of it is in use."""
        self._kept.clear()
        self._data = memoryview(b"")

    def read(self, path: str) -> bytes:
        """Return the content of a file, checked against size and checksum.

        Raises `KeyError` for a file that is not there and `DamagedMemberError`.
        """
        return bytes(self.content(path))

    def content(self, path: str) -> Content:
        """Return what `read` returns; stored files are not copied."""
        kept = self._kept.get(path)
        if kept is not None:
            return kept
        entry = self.entries[path]
        content: Content = self._raw(entry)
        if entry.method == DEFLATED:
            content = self._inflate(entry)
            if entry.compressed_size >= _PIECE_BYTES:
                self._leave(entry)
        if compute_crc32(content) != entry.crc32:
            raise DamagedMemberError(
                self.path, "its content has another checksum", member=path
            )
        return content

    def packed(self, entry: Entry) -> Iterator[memoryview]:
        """Yield the compressed content of an entry in pieces, not checked."""
        raw = self._raw(entry)
        for start in range(0, len(raw), _PIECE_BYTES):
            yield raw[start : start + _PIECE_BYTES]

    def start_of(self, path: str, size: int) -> bytes:
        """Return the first bytes of a file, not checked; fewer if it is shorter."""
        entry = self.entries[path]
        raw = self._raw(entry)
        if entry.method != DEFLATED:
            return bytes(raw[:size])
        try:
            return zlib.decompressobj(-15).decompress(raw[: size + 4096], size)
        except zlib.error as error:
            raise self._damaged(entry, error) from error

    def keep(self, path: str, content: Content) -> bool:
        """Keep content for the next time, if there is room; tell whether."""
        if self._kept_size + len(content) > KEPT_BYTES:
            return False
        if path not in self._kept:
            self._kept[path] = content
            self._kept_size += len(content)
        return True

    def _raw(self, entry: Entry) -> memoryview:
        start = self._starts[entry.path]
        return self._data[start : start + entry.compressed_size]

    def _leave(self, entry: Entry) -> None:
        """Tell the system that the pages of an entry need not stay in memory."""
        pages = self._data.obj
        if sys.platform == "win32" or not isinstance(pages, mmap):
            return
        from mmap import MADV_DONTNEED

        start = self._starts[entry.path]
        first = -(-start // PAGESIZE) * PAGESIZE
        length = (start + entry.compressed_size) // PAGESIZE * PAGESIZE - first
        if length > 0:
            pages.madvise(MADV_DONTNEED, first, length)

    def _inflate(self, entry: Entry) -> Content:
        if entry.size >= LARGE and entry.path not in self._streamed:
            quick = _inflate_fast(self._raw(entry), entry.size)
            if quick is not None:
                return quick
        unpacker = zlib.decompressobj(-15)
        try:
            if entry.size < LARGE:
                content: Content = unpacker.decompress(self._raw(entry), entry.size + 1)
            else:
                content = _inflate_into_place(unpacker, self._raw(entry), entry.size)
        except zlib.error as error:
            raise self._damaged(entry, error) from error
        if len(content) > entry.size:
            reason = f"it has more than the {entry.size} bytes it claims to have"
        elif len(content) < entry.size or not unpacker.eof:
            reason = f"its content ends before the {entry.size} bytes it should have"
        elif unpacker.unused_data and entry.path in self._streamed:
            reason = "its compressed content ends before the room it has"
        else:
            return content
        raise DamagedMemberError(self.path, reason, member=entry.path)

    def _damaged(self, entry: Entry, error: zlib.error) -> BrokenWheelError:
        reason = f"its compressed content is damaged: {error}"
        return DamagedMemberError(self.path, reason, member=entry.path)


class OpenedWheel(OpenedArchive):
    """An archive with the files that make it a wheel."""

    def __init__(self, path: Path, data: memoryview, directory: Directory) -> None:
        super().__init__(path, data, directory)
        self.dist_info = _find_dist_info(path, self.entries)
        """Name of the folder of metadata, without a slash."""
        self._images: WeakValueDictionary[str, Image] = WeakValueDictionary()
        self._kept_images: list[Image] = []
        self._latest_image: Image | None = None

    def close(self) -> None:
        """Forget the map; it ends when no content or image of it is in use."""
        self._kept_images.clear()
        self._latest_image = None
        super().close()

    @cached_property
    def filename(self) -> WheelFileName:
        """Return what the file's name says. Raises `WheelFileNameError`."""
        from ferrule.wheel.file_name import parse_file_name

        return parse_file_name(self.path.name)

    @cached_property
    def wheel_fields(self) -> Mapping[str, tuple[str, ...]]:
        """Return the values of WHEEL by field name in lower case."""
        found: dict[str, tuple[str, ...]] = {}
        for line in self.text(f"{self.dist_info}/WHEEL").splitlines():
            name, colon, value = line.partition(":")
            if colon:
                key = name.strip().lower()
                found[key] = (*found.get(key, ()), value.strip())
        return found

    @cached_property
    def metadata_text(self) -> str:
        """Return METADATA."""
        return self.text(f"{self.dist_info}/METADATA")

    @cached_property
    def record(self) -> Mapping[str, RecordLine]:
        """Return the lines of RECORD by path; the first of equal paths.

        Raises `BrokenWheelError` for a RECORD that is no such list, or that names
        files outside of the wheel.
        """
        from ferrule.wheel.record_reading import parse_record

        name = f"{self.dist_info}/RECORD"
        found: dict[str, RecordLine] = {}
        for line in parse_record(self.text(name), self.path, name):
            found.setdefault(line.path, line)
        return found

    def text(self, path: str) -> str:
        """Return a file as text; bytes that are not UTF-8 become U+FFFD."""
        return str(self.content(path), "utf-8", "replace")

    @cached_property
    def binary_paths(self) -> tuple[str, ...]:
        """Return the files that begin like libraries, modules or programs."""
        from ferrule.formats.image import identify

        return tuple(
            path
            for path, entry in self.entries.items()
            if entry.size >= _FEWEST_BYTES
            and identify(self.start_of(path, 16)) in ("elf", "macho", "pe")
        )

    def image(self, path: str) -> Image:
        """Return a binary, parsed. Raises a `BrokenBinaryError`."""
        found = self._images.get(path)
        if found is None:
            from ferrule.formats.image import read_image

            content = self.content(path)
            found = self._images[path] = read_image(content, path)
            if self.keep(path, content):
                self._kept_images.append(found)
            self._latest_image = found
        return found

    def binaries(self) -> Iterator[tuple[str, Image]]:
        """Yield the binaries with their paths.

        Files that only begin like one are left out, unless they have the name of
        a library: those raise a `BrokenBinaryError`.
        """
        for path in self.binary_paths:
            image = self._image_if_sound(path)
            if image is not None:
                yield path, image

    def _image_if_sound(self, path: str) -> Image | None:
        try:
            return self.image(path)
        except BrokenBinaryError:
            if is_library_name(path):
                raise
            return None


def is_library_name(path: str) -> bool:
    """Return whether a file's name is that of a library or extension module."""
    name = path.rpartition("/")[2].lower()
    return name.endswith((".so", ".pyd", ".dll", ".dylib")) or ".so." in name


def _inflate_into_place(
    unpacker: zlib._Decompress, packed: memoryview, size: int
) -> memoryview:
    """Return content, or one byte more than `size` where there is more.

    zlib by itself would hold large content twice, in pieces and joined.
    """
    content = bytearray(size + 1)
    end = 0
    for start in range(0, len(packed), _FED_BYTES):
        piece = unpacker.decompress(packed[start : start + _FED_BYTES])
        if end + len(piece) > size:
            return memoryview(content)
        content[end : end + len(piece)] = piece
        end += len(piece)
        if unpacker.eof:
            # Fed once more, it remembers that there was something behind the end.
            unpacker.decompress(packed[start + _FED_BYTES :][:1])
            break
    return memoryview(content).toreadonly()[:end]


def _inflate_fast(packed: memoryview, size: int) -> Content | None:
    """Return content by libdeflate; None without it, or if something is wrong.

    It takes half the time of zlib, and never writes more than `size` bytes.
    """
    deflate = find_libdeflate()
    if deflate is None:
        return None
    try:
        content = deflate.deflate_decompress(packed, size)
    except deflate.DeflateError:
        return None
    return memoryview(content).toreadonly() if len(content) == size else None


def open_archive(path: Path) -> OpenedArchive:
    """Open any zip archive of the kind that wheels are.

    Raises `ReadError` and a `BrokenWheelError`.
    """
    data = _map(path)
    return OpenedArchive(path, data, read_directory(data, path))


def open_wheel(path: Path) -> OpenedWheel:
    """Open a wheel. Raises `ReadError` and a `BrokenWheelError`."""
    data = _map(path)
    return OpenedWheel(path, data, read_directory(data, path))


def _map(path: Path) -> memoryview:
    data = map_file(path)
    if not data:
        raise BrokenWheelError(path, "the file is empty")
    return data


def _find_dist_info(path: Path, entries: Mapping[str, Entry]) -> str:
    tops = dict.fromkeys(name.partition("/")[0] for name in entries if "/" in name)
    found = sorted(name for name in tops if name.lower().endswith(".dist-info"))
    if len(found) != 1:
        number = f"{len(found)} folders" if found else "no folder"
        listed = f": {', '.join(found[:5])}" if found else ""
        raise WheelLayoutError(path, f"it has {number} *.dist-info{listed}")
    for name in ("METADATA", "WHEEL", "RECORD"):
        member = f"{found[0]}/{name}"
        if member not in entries:
            raise WheelLayoutError(path, "it is missing", member=member)
    return found[0]
