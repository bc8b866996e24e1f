"""Compresses the files of a wheel, several at a time.

Raw deflate (RFC 1951) by libdeflate, through the package `deflate`, or by the
standard library's zlib. What comes out depends on the content, the library and
the level, never on the number of processors or on what is compressed beside it.

libdeflate works on whole files only. zlib gets blocks: each begins with the
32 KiB before it as its dictionary and ends at a byte's edge (a sync flush), so
that they can be compressed at the same time and form one ordinary stream.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.errors.wheel import CompressorMissingError
from ferrule.records import dataclass
from ferrule.wheel.content import (
    Buffer,
    Content,
    MappedFile,
    blocks,
    content_size,
    whole,
)

if TYPE_CHECKING:
    from queue import SimpleQueue

    from ferrule.settings.model import CompressionLevel, Compressor

__all__ = ["Block", "Compression", "find_compression", "pack"]

BLOCK_BYTES = 1 << 20
"""How much zlib compresses at a time."""
WHOLE_BYTES = 320 << 20
"""Larger files go to zlib, so that a wheel of 200 MB fits into 600 MB of memory."""
MAPPED_BYTES = 4 << 20
"""From here on reading a file costs more than looking whether it has changed."""
WINDOW_BYTES = 128 << 20
"""How much content may wait for being compressed or written, besides one file."""
_DICTIONARY_BYTES = 32 << 10
_INLINE_BYTES = 32 << 10
"""Up to this size handing a block to a thread costs more than it gains."""
_LEVELS = {
    "libdeflate": {"fast": 1, "default": 5, "max": 12},
    "zlib": {"fast": 1, "default": 6, "max": 9},
    "store": {"fast": 0, "default": 0, "max": 0},
}


@dataclass(frozen=True)
class Compression:
    """What compresses, and how hard."""

    library: Literal["libdeflate", "zlib", "store"] = "zlib"
    level: int = 6

    def __str__(self) -> str:
        """Return what a wheel says about how it was compressed.

        Releases of a library are not told apart: those of zlib and of libdeflate
        have given the same bytes for years. zlib-ng gives others.
        """
        if self.library == "store":
            return "stored"
        name = self.library
        if name == "zlib" and "zlib-ng" in zlib.ZLIB_RUNTIME_VERSION:
            return f"zlib-ng {self.level}"
        return f"{name} {self.level}"


def find_compression(
    library: Compressor = "auto", level: CompressionLevel = "default"
) -> Compression:
    """Return the compression that a name means on this machine.

    `auto` is libdeflate where it is installed, otherwise zlib. Raises
    `CompressorMissingError` where `libdeflate` is meant and not installed.
    """
    chosen: Literal["libdeflate", "zlib", "store"]
    if library == "auto":
        chosen = "libdeflate" if _has_libdeflate() else "zlib"
    elif library == "libdeflate" and not _has_libdeflate():
        raise CompressorMissingError
    else:
        chosen = library
    return Compression(chosen, _LEVELS[chosen][level])


def _has_libdeflate() -> bool:
    try:
        import deflate
    except ImportError:
        return False
    return hasattr(deflate, "deflate_compress")


@dataclass
class Block:
    """A part of a file, or all of it, and its compressed form."""

    content: Buffer
    is_first: bool
    is_last: bool
    packed: Buffer = b""
    file: MappedFile | None = None
    """The file that `content` is a map of; to be checked when all is done."""


def pack(
    sources: Iterable[Content], compression: Compression
) -> Generator[Block, None, None]:
    """Yield the blocks of all files in order, each with its compressed form.

    Concatenated, those of one file are a raw deflate stream; nothing is
    compressed where the library is `store`. Raises `ReadError`.
    """
    pending: deque[_Task] = deque()
    waiting = 0
    workers = _Workers()
    try:
        for source in sources:
            # There has to be room before a file is read, and no name may keep in
            # memory what was yielded.
            is_whole = _is_whole(source, compression)
            size = content_size(source) if is_whole else BLOCK_BYTES
            tasks = _tasks(source, compression, is_whole=is_whole)
            task: _Task | None = None
            while True:
                while pending and waiting + size > WINDOW_BYTES:
                    waiting -= len(pending[0].block.content)
                    yield pending.popleft().result()
                task = next(tasks, None)
                if task is None:
                    break
                workers.submit(task)
                waiting += len(task.block.content)
                pending.append(task)
                task = None
        while pending:
            yield pending.popleft().result()
    finally:
        workers.stop()


def _is_whole(source: Content, compression: Compression) -> bool:
    return compression.library == "libdeflate" and content_size(source) <= WHOLE_BYTES


def _tasks(
    source: Content, compression: Compression, *, is_whole: bool
) -> Iterator[_Task]:
    if is_whole:
        yield _Task(_whole_block(source), compression)
        return
    if compression.library == "libdeflate":
        compression = Compression("zlib", min(compression.level, 9))
    before: Buffer = b""
    for content, is_last in blocks(source, BLOCK_BYTES):
        block = Block(content, is_first=not before, is_last=is_last)
        yield _Task(block, compression, before)
        before = content[-_DICTIONARY_BYTES:]


def _whole_block(source: Content) -> Block:
    if isinstance(source, Path) and content_size(source) >= MAPPED_BYTES:
        file = MappedFile(source)
        return Block(file.content, is_first=True, is_last=True, file=file)
    return Block(whole(source), is_first=True, is_last=True)


class _Task:
    """A block on its way through a thread."""

    def __init__(
        self, block: Block, compression: Compression, before: Buffer = b""
    ) -> None:
        self.block = block
        self._compression = compression
        self._before = before
        self._error: BaseException | None = None
        self._done = threading.Event()

    def run(self) -> None:
        """Compress; a failure is kept for `result`."""
        try:
            self.block.packed = self._compress()
        except BaseException as error:  # noqa: BLE001 - raised by the caller
            self._error = error
        self._before = b""
        self._done.set()

    def result(self) -> Block:
        """Wait until the block is compressed and return it."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self.block

    def _compress(self) -> Buffer:
        content, level = self.block.content, self._compression.level
        if self._compression.library == "store":
            return content
        if self._compression.library == "libdeflate":
            import deflate

            packed: Buffer = deflate.deflate_compress(content, level)
            return packed
        packer = _zlib_packer(level, self._before)
        packed = packer.compress(content)
        end = zlib.Z_FINISH if self.block.is_last else zlib.Z_SYNC_FLUSH
        return packed + packer.flush(end)


def _zlib_packer(level: int, before: Buffer) -> zlib._Compress:
    if before:
        return zlib.compressobj(
            level, zlib.DEFLATED, -zlib.MAX_WBITS, 8, zlib.Z_DEFAULT_STRATEGY, before
        )
    return zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)


class _Workers:
    """Threads that run tasks; they start when there is something for them.

    Not `concurrent.futures`: importing it costs more than packing most wheels.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Task | None] | None = None
        self._threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Let the threads end, each after the task that it works on."""
        if self._queue is not None:
            for _thread in self._threads:
                self._queue.put(None)

    def submit(self, task: _Task) -> None:
        """Run a task, in a thread if it is worth one."""
        if len(task.block.content) <= _INLINE_BYTES:
            task.run()
            return
        if self._queue is None:
            from queue import SimpleQueue

            self._queue = SimpleQueue()
        self._queue.put(task)
        if len(self._threads) < _processor_count():
            # A daemon: an interrupted build need not wait for a large file.
            thread = threading.Thread(target=_work, args=[self._queue], daemon=True)
            self._threads.append(thread)
            thread.start()


def _work(queue: SimpleQueue[_Task | None]) -> None:
    while (task := queue.get()) is not None:
        task.run()
        del task


def _processor_count() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
