"""Writes a changed wheel from an opened one.

What did not change is copied in its compressed form together with its line of
RECORD; nothing is unpacked and nothing is written to disk but the result.
Standards: PEP 427 (wheel), PEP 376 (RECORD).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Union

from ferrule import atomic
from ferrule.wheel.archive import Addition, ArchiveWriter, Copied
from ferrule.wheel.content import Content, Patched
from ferrule.wheel.deflate import Compression, find_compression
from ferrule.wheel.record import hashed_line, record_line, record_text
from ferrule.wheel.writer import check_member_path, wheel_order

if TYPE_CHECKING:
    from ferrule.formats.patch import Patch
    from ferrule.wheel.entry import Entry
    from ferrule.wheel.reading import OpenedWheel
    from ferrule.wheel.tags import WheelTag

__all__ = ["Change", "retagged", "rewrite_wheel", "rewritten_path"]

Change = Union[bytes, Path, "Patch", Patched, None]
"""New content, a patch of the old one, or None for a file that is removed."""

_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_STRONG = ("sha256", "sha384", "sha512")
_FIRST_TIME = 1 << 21 | 1 << 16


def rewrite_wheel(
    opened: OpenedWheel,
    changes: Mapping[str, Change],
    *,
    tag: WheelTag | None = None,
    out_dir: Path,
    executable: Collection[str] = (),
    compression: Compression | None = None,
) -> Path:
    """Write a changed copy of a wheel into `out_dir` and return its path.

    `changes` maps paths inside the wheel to their new content; files that are
    not in it stay as they are. With `tag`, file name and WHEEL get it. Changed
    files keep their modes; of added ones those in `executable` get mode 0755,
    the others 0644. `compression` is the best that is installed by default.
    RECORD is renewed, and its signatures are dropped because
    they would be wrong. The file appears when it is complete; it may replace
    the opened wheel itself. Raises `MemberPathError`, `ReadError`, `WriteError`
    and what reading the wheel raises.
    """
    path = rewritten_path(opened, tag, out_dir)
    with atomic.replacing(path) as stream:
        rewriting = _Rewriting(
            opened,
            changes,
            tag,
            frozenset(executable),
            compression or find_compression(),
        )
        rewriting.write(stream)
        if path.exists() and path.samefile(opened.path):
            # Windows does not replace a file that is open.
            opened.close()
    return path


def rewritten_path(opened: OpenedWheel, tag: WheelTag | None, out_dir: Path) -> Path:
    """Return where `rewrite_wheel` writes; without `tag` the name stays."""
    if tag is None:
        return out_dir / opened.path.name
    return out_dir / str(replace(opened.filename, tag=tag))


def retagged(wheel_text: str, tag: WheelTag) -> str:
    """Return a WHEEL file with other tags; all other lines stay."""
    lines = [
        line
        for line in wheel_text.splitlines()
        if line.strip() and line.partition(":")[0].strip().lower() != "tag"
    ]
    return "\n".join([*lines, *(f"Tag: {item}" for item in tag.expanded()), ""])


@dataclass(frozen=True)
class _Rewriting:
    opened: OpenedWheel
    changes: Mapping[str, Change]
    tag: WheelTag | None
    executable: frozenset[str]
    compression: Compression

    def write(self, stream: BinaryIO) -> None:
        folder = self.opened.dist_info
        record_path = f"{folder}/RECORD"
        changes = self._contents()
        dropped = {record_path, *(f"{folder}/{name}" for name in _SIGNATURES)}
        dropped.update(path for path, content in changes.items() if content is None)
        paths = {*self.opened.entries, *changes} - dropped
        lines: dict[str, str] = {}
        items: list[Addition | Copied] = []
        for path in sorted(paths, key=wheel_order(folder)):
            item, line = self._item(path, changes.get(path))
            items.append(item)
            lines[path] = line
        archive = ArchiveWriter(stream, self._time(), self.compression)
        for path, digest in zip(lines, archive.write(items)):
            if digest is not None:
                lines[path] = record_line(path, digest)
        record = record_text(list(lines.values()), record_path).encode("utf-8")
        archive.add(record_path, record, mode=0o644)
        archive.close()

    def _contents(self) -> dict[str, Content | None]:
        """Return the changes, WHEEL's among them, with patches made concrete."""
        found: dict[str, Content | None] = {}
        for path, change in self.changes.items():
            check_member_path(path)
            if change is None or isinstance(change, (bytes, Path, Patched)):
                found[path] = change
            else:
                found[path] = Patched(change, self.opened.content(path))
        if self.tag is not None:
            path = f"{self.opened.dist_info}/WHEEL"
            content = found.get(path)
            if not isinstance(content, bytes):
                content = self.opened.read(path)
            # Bytes of another encoding stay what they are.
            text = retagged(content.decode("utf-8", "surrogateescape"), self.tag)
            found[path] = text.encode("utf-8", "surrogateescape")
        return found

    def _item(
        self, path: str, content: Content | None
    ) -> tuple[Addition | Copied, str]:
        """Return what becomes of a file, and its line of RECORD if it stays."""
        entry = self.opened.entries.get(path)
        # Archives made on Windows hold no modes.
        mode = (entry.mode if entry else path in self.executable and 0o755) or 0o644
        if content is not None:
            return Addition(path, content, mode), ""
        entry = self.opened.entries[path]
        line = self._known_line(path, entry)
        if line is None:
            return Addition(path, self.opened.read(path), mode), ""
        return Copied(replace(entry, mode=mode), self.opened.packed(entry)), line

    def _known_line(self, path: str, entry: Entry) -> str | None:
        """Return the line of RECORD of a file that stays, if it has a good one."""
        found = self.opened.record.get(path)
        if found is None or found.size != entry.size or not found.digest:
            return None
        if found.algorithm not in _STRONG:
            return None
        return hashed_line(path, found.algorithm, found.digest, found.size)

    def _time(self) -> int:
        """Return the time stamp of files that are written anew.

        It is RECORD's, the last one written when the wheel was made, so that
        the result depends on nothing but the wheel and the changes.
        """
        record = self.opened.entries[f"{self.opened.dist_info}/RECORD"]
        return max(record.time, _FIRST_TIME)
