"""RECORD: the list of a wheel's files with their hashes.

Standard: PEP 376 and PEP 427; a CSV file, so names with commas, quotes or line
breaks are quoted.
"""

from __future__ import annotations

from binascii import b2a_base64

from ferrule.records import dataclass

__all__ = ["Digest", "hashed_line", "record_line", "record_text"]


@dataclass(frozen=True)
class Digest:
    """What identifies the content of a file inside a wheel."""

    size: int
    crc32: int
    sha256: bytes
    """The raw 32 bytes."""


def record_line(path: str, digest: Digest) -> str:
    """Return the line of RECORD for one file, without its line break."""
    encoded = b2a_base64(digest.sha256, newline=False).translate(_URL_SAFE)
    text = encoded.rstrip(b"=").decode("ascii")
    return hashed_line(path, "sha256", text, digest.size)


def hashed_line(path: str, algorithm: str, digest: str, size: int) -> str:
    """Return the line of a file whose hash is base64 for URLs already."""
    return f"{_quoted(path)},{algorithm}={digest},{size}"


def record_text(lines: list[str], record_path: str) -> str:
    """Return RECORD: the given lines, and RECORD itself without a hash."""
    return "\n".join([*lines, f"{_quoted(record_path)},,", ""])


def _quoted(path: str) -> str:
    if any(char in path for char in ',"\r\n'):
        return '"' + path.replace('"', '""') + '"'
    return path


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
