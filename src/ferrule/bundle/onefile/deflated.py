"""Compresses the members of a payload, and keeps what it made.

Compressing is most of the work of packing a single file, and from one build to
the next few members change. A kept file is called after the SHA-256 of the content
and holds the SHA-256 of what is stored, then that; nothing follows where
compressing is not worth it. Members are compressed several at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ferrule import log

__all__ = ["Deflater"]

_LEVEL: Final = 6
_DIGEST_BYTES: Final = 32
_KEPT_BYTES: Final = 2048
"""Smaller contents are compressed faster than a file is opened."""


class Deflater:
    """Compresses contents with zlib; keeps the results below a folder, if given."""

    def __init__(self, folder: Path | None = None) -> None:
        import zlib

        self._folder = None
        if folder is not None:
            # Releases of zlib, and zlib-ng, give different bytes.
            self._folder = folder / f"deflate-{_LEVEL}-{zlib.ZLIB_RUNTIME_VERSION}"
        self._made: dict[bytes, bytes] = {}

    def prepare(self, contents: Iterable[bytes]) -> None:
        """Compress contents on all processors; `stored` has them then."""
        from concurrent.futures import ThreadPoolExecutor
        from hashlib import sha256

        def prepare(content: bytes) -> tuple[bytes, bytes]:
            digest = sha256(content).digest()
            return digest, self.stored(content, digest)

        with ThreadPoolExecutor(os.cpu_count()) as workers:
            self._made.update(workers.map(prepare, contents))

    def stored(self, content: bytes, digest: bytes) -> bytes:
        """Return what is stored for a content with a SHA-256: itself or less."""
        known = self._made.get(digest)
        if known is not None:
            return known
        if self._folder is None or len(content) < _KEPT_BYTES:
            return _smaller(content) or content
        path = self._folder / digest.hex()
        kept = _read(path)
        if kept is None:
            kept = _smaller(content)
            self._keep(path, kept)
        return kept or content

    def _keep(self, path: Path, packed: bytes) -> None:
        from hashlib import sha256

        from ferrule import atomic
        from ferrule.errors.files import WriteError

        try:
            atomic.write_bytes(path, sha256(packed).digest() + packed)
        except WriteError as error:
            log.debug(f"a compressed member is not kept: {error}")


def _smaller(content: bytes) -> bytes:
    """Return a content compressed; nothing if that is not worth it."""
    import zlib

    packed = zlib.compress(content, _LEVEL)
    # An eighth less, or it is not worth the time at every start.
    return packed if len(packed) * 8 < len(content) * 7 else b""


def _read(path: Path) -> bytes | None:
    """Return what was kept; None if it is missing or damaged."""
    from hashlib import sha256

    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, packed = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    return packed if sha256(packed).digest() == digest else None
