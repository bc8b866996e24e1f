"""RECORD of any wheel: its lines, and whether they describe the wheel's files.

Standard: "Recording installed projects" (PEP 376, PEP 627) and the binary
distribution format: every file has a line with a hash of sha256 or better,
except RECORD and its signatures.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.errors.wheel_file import (
    BrokenWheelError,
    UnsafeMemberError,
    WrongRecordError,
)
from ferrule.records import dataclass
from ferrule.wheel.member_names import path_problem

if TYPE_CHECKING:
    from ferrule.wheel.reading import Content, OpenedWheel

__all__ = [
    "RecordLine",
    "RecordProblem",
    "parse_record",
    "record_problems",
    "refuse_wrong_record",
]

_STRONG = (
    *("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"),
    *("blake2b", "blake2s"),
)
"""Those of sha256's strength or more that every Python has."""


@dataclass(frozen=True)
class RecordLine:
    """One line of RECORD."""

    path: str
    algorithm: str
    """For example `sha256`; empty without a hash."""
    digest: str
    """Base64 for URLs, without padding."""
    size: int | None
    written: str = ""
    """The path as it is written, where that has backslashes."""


@dataclass(frozen=True)
class RecordProblem:
    """One thing in which RECORD and the files differ."""

    kind: Literal["hash", "size", "unlisted", "absent", "weak", "repeated", "spelling"]
    path: str
    what: str
    """A sentence about the file, without its name."""


def parse_record(text: str, path: Path, member: str) -> Iterator[RecordLine]:
    """Yield the lines of a RECORD.

    `path` and `member` are what errors call it. Raises a `BrokenWheelError` for a
    line that cannot be understood, or that names a file outside of the wheel.
    Backslashes are taken for slashes.
    """
    for number, row in enumerate(_rows(text), 1):
        if not row:
            continue
        fields = [*row, "", ""][:3]
        is_number = fields[2].isascii() and fields[2].isdigit()
        if len(row) > 3 or (fields[2] and not is_number):
            reason = f"line {number} is not PATH,HASH,SIZE: {','.join(row)[:200]!r}"
            raise BrokenWheelError(path, reason, member=member)
        name, written = fields[0], ""
        if "\\" in name:
            # Old tools wrote RECORD so on Windows, and installers take it.
            name, written = name.replace("\\", "/"), name
        if problem := path_problem(name):
            reason = f"line {number} lists {fields[0]!r}: {problem}"
            raise UnsafeMemberError(path, reason, member=member)
        algorithm, _, digest = fields[1].partition("=")
        size = int(fields[2][:20]) if fields[2] else None
        yield RecordLine(name, algorithm.lower(), digest.rstrip("="), size, written)


def _rows(text: str) -> Iterator[list[str]]:
    if '"' in text:
        import csv
        from io import StringIO

        # A quotation mark that nobody closes swallows the rest, up to this limit.
        try:
            yield from csv.reader(StringIO(text, newline=""))
        except csv.Error:
            yield [text, "", "", ""]
        return
    # Other ends of lines, such as U+2028, may be part of a name.
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        yield line.split(",") if line else []


def record_problems(wheel: OpenedWheel, *, hashes: bool = True) -> list[RecordProblem]:
    """Return in what RECORD and the files of a wheel differ.

    Without `hashes` only names and sizes are compared, and no content is unpacked.
    Raises what `OpenedWheel.record` and `OpenedWheel.content` raise.
    """
    name = f"{wheel.dist_info}/RECORD"
    exempt = {name, f"{name}.jws", f"{name}.p7s"}
    problems = [*_repeated(wheel, name), *_misspelt(wheel)]
    for path in wheel.entries:
        if path in exempt:
            continue
        line = wheel.record.get(path)
        if line is None:
            problems.append(RecordProblem("unlisted", path, "RECORD does not list it"))
        elif hashes:
            problems += _compare(line, wheel.content(path))
        else:
            problems += _compare_size(line, wheel.entries[path].size)
    for path in wheel.record:
        if path not in wheel.entries and path not in exempt:
            what = "RECORD lists it, and the wheel does not hold it"
            problems.append(RecordProblem("absent", path, what))
    return problems


def refuse_wrong_record(wheel: OpenedWheel, *, hashes: bool = True) -> None:
    """Raise `WrongRecordError` unless RECORD describes the files of a wheel.

    `hashes` is that of `record_problems`.
    """
    problems = [
        item
        for item in record_problems(wheel, hashes=hashes)
        if item.kind != "spelling"
    ]
    if problems:
        texts = [f"{item.path}: {item.what}" for item in problems]
        raise WrongRecordError(wheel.path, texts)


def _repeated(wheel: OpenedWheel, name: str) -> Iterator[RecordProblem]:
    seen: dict[str, RecordLine] = {}
    for line in parse_record(wheel.text(name), wheel.path, name):
        if line.path in seen:
            same = "twice" if seen[line.path] == line else "twice, differently"
            yield RecordProblem("repeated", line.path, f"RECORD lists it {same}")
        seen[line.path] = line


def _misspelt(wheel: OpenedWheel) -> Iterator[RecordProblem]:
    for line in wheel.record.values():
        if line.written:
            what = f"RECORD calls it {line.written}, a path on Windows alone"
            yield RecordProblem("spelling", line.path, what)


def _compare_size(line: RecordLine, size: int) -> Iterator[RecordProblem]:
    if line.size not in (None, size):
        what = f"it has {size} bytes, and RECORD says {line.size}"
        yield RecordProblem("size", line.path, what)


def _compare(line: RecordLine, content: Content) -> Iterator[RecordProblem]:
    yield from _compare_size(line, len(content))
    if line.algorithm not in _STRONG:
        used = line.algorithm or "no hash"
        what = f"RECORD has {used} for it, where sha256 or better is required"
        yield RecordProblem("weak", line.path, what)
        return
    import hashlib

    digest = hashlib.new(line.algorithm, content).digest()
    text = b2a_base64(digest, newline=False).translate(_URL_SAFE).rstrip(b"=")
    if text.decode("ascii") != line.digest:
        what = f"its content has another {line.algorithm} than RECORD says"
        yield RecordProblem("hash", line.path, what)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
