"""Writes a wheel: members in, one deterministic `.whl` out.

Standards: PEP 427 (wheel), PEP 376 (RECORD), PEP 639 (licence files). The
content of METADATA and entry_points.txt comes from `ferrule.project`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ferrule import atomic
from ferrule.errors.wheel import DuplicateMemberError, MemberPathError
from ferrule.wheel.archive import (
    Addition,
    ArchiveWriter,
    Copied,
    digest_content,
    dos_time,
)
from ferrule.wheel.content import chunks, content_size
from ferrule.wheel.deflate import Compression
from ferrule.wheel.member import Member
from ferrule.wheel.previous import PreviousWheel, open_previous
from ferrule.wheel.record import Digest, record_line, record_text
from ferrule.wheel.tags import WheelTag, wheel_filename

__all__ = [
    "check_member_path",
    "dist_info_members",
    "wheel_order",
    "wheel_text",
    "write_dist_info",
    "write_wheel",
]


def write_wheel(  # noqa: PLR0913
    out_dir: Path,
    *,
    distribution: str,
    version: str,
    tag: WheelTag,
    members: Sequence[Member],
    metadata_text: str,
    entry_points_text: str,
    license_files: Sequence[tuple[str, Path]],
    generator: str,
    root_is_purelib: bool = False,
    source_date_epoch: int | None = None,
    compression: Compression | None = None,
) -> Path:
    """Write the wheel into `out_dir` and return its path.

    Equal input and equal compression (zlib by default) give equal bytes. Where
    the same wheel exists already, its unchanged files are copied as they are;
    when nothing changed at all, the file is not touched. `members` may hold
    further files of the dist-info folder, for example SBOMs. Raises
    `DuplicateMemberError`, `MemberPathError`, `ReadError` and `WriteError`;
    nothing is left behind then.
    """
    path = out_dir / wheel_filename(distribution, version, tag)
    dist_info = f"{distribution}-{version.replace('-', '_')}.dist-info"
    compression = compression or Compression()
    wheel = wheel_text(tag, generator, compression, root_is_purelib=root_is_purelib)
    record_path = f"{dist_info}/RECORD"
    contents = [
        *members,
        *dist_info_members(
            dist_info,
            wheel=wheel,
            metadata_text=metadata_text,
            entry_points_text=entry_points_text,
            license_files=license_files,
        ),
    ]
    members = _ordered(contents, dist_info)
    job = _Job(path, members, record_path, dos_time(source_date_epoch), compression)
    previous = open_previous(
        path, dist_info=dist_info, wheel_text=wheel.encode("utf-8"), time=job.time
    )
    try:
        job.run(previous)
    finally:
        if previous is not None:
            previous.close()
    return path


def dist_info_members(
    folder: str,
    *,
    wheel: str,
    metadata_text: str,
    entry_points_text: str,
    license_files: Sequence[tuple[str, Path]],
) -> list[Member]:
    """Return the files of the dist-info folder, except RECORD.

    `folder` is its name, `wheel` what `wheel_text` returned; `license_files`
    are pairs of the path below `licenses/` and the file. entry_points.txt is
    left out when there is nothing to say.
    """
    found = [
        Member(f"{folder}/METADATA", metadata_text.encode("utf-8")),
        Member(f"{folder}/WHEEL", wheel.encode("utf-8")),
    ]
    if entry_points_text:
        content = entry_points_text.encode("utf-8")
        found.append(Member(f"{folder}/entry_points.txt", content))
    found += [
        Member(f"{folder}/licenses/{name}", source) for name, source in license_files
    ]
    return found


def write_dist_info(
    folder: Path,
    *,
    metadata_text: str,
    entry_points_text: str,
    license_files: Sequence[tuple[str, Path]],
    wheel: str,
) -> None:
    """Write a dist-info folder for `prepare_metadata_for_build_wheel` (PEP 517).

    `folder` is the dist-info folder itself, `wheel` what `wheel_text` returned.
    There is no RECORD in it. Raises `ReadError` and `WriteError`.
    """
    members = dist_info_members(
        folder.name,
        wheel=wheel,
        metadata_text=metadata_text,
        entry_points_text=entry_points_text,
        license_files=license_files,
    )
    for member in _ordered(members, folder.name):
        content = b"".join(chunks(member.source))
        atomic.write_bytes(folder.parent / member.path, content)


def wheel_text(
    tag: WheelTag | None,
    generator: str,
    compression: Compression | None = None,
    *,
    root_is_purelib: bool = False,
) -> str:
    """Return the WHEEL file; `generator` is name and version of the tool.

    The compression is named too: whoever builds the wheel again to compare its
    bytes has to use the same one.
    """
    note = f" ({compression})" if compression else ""
    lines = [
        "Wheel-Version: 1.0",
        f"Generator: {generator}{note}",
        f"Root-Is-Purelib: {'true' if root_is_purelib else 'false'}",
        *(f"Tag: {item}" for item in (tag.expanded() if tag else ())),
    ]
    return "\n".join([*lines, ""])


def wheel_order(dist_info: str) -> Callable[[str], tuple[bool, list[str]]]:
    """Return the sort key of the paths of a wheel: the dist-info folder is last."""

    def key(path: str) -> tuple[bool, list[str]]:
        parts = path.split("/")
        return parts[0] == dist_info, parts

    return key


def check_member_path(path: str) -> None:
    """Raise `MemberPathError` for a name that no wheel may hold."""
    parts = path.split("/")
    if not path or "" in parts or "." in parts or ".." in parts:
        raise MemberPathError(path, "it is not a plain relative path")
    if "\\" in path or "\0" in path or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise MemberPathError(path, "installers refuse or change such names")
    try:
        size = len(path.encode("utf-8"))
    except UnicodeEncodeError:
        raise MemberPathError(path, "the name is not valid UTF-8") from None
    if size > 0xFFFF:
        raise MemberPathError(path[:80], "the name is longer than zip allows")


@dataclass
class _Job:
    path: Path
    members: list[Member]
    record_path: str
    time: int
    compression: Compression

    def run(self, previous: PreviousWheel | None) -> None:
        reusable = {} if previous is None else _reusable(self.members, previous)
        if previous is not None and self._is_unchanged(previous, reusable):
            return
        with atomic.replacing(self.path) as stream:
            archive = ArchiveWriter(stream, self.time, self.compression)
            digests = archive.write(
                [self._item(member, previous, reusable) for member in self.members]
            )
            lines = [
                record_line(member.path, digest or reusable[member.path])
                for member, digest in zip(self.members, digests)
            ]
            record = record_text(lines, self.record_path).encode("utf-8")
            archive.add(self.record_path, record, mode=0o644)
            archive.close()
            if previous is not None:
                # Windows does not replace a file that is open.
                previous.close()

    def _item(
        self,
        member: Member,
        previous: PreviousWheel | None,
        reusable: Mapping[str, Digest],
    ) -> Addition | Copied:
        if previous is None or member.path not in reusable:
            return Addition(member.path, member.source, _mode(member))
        entry = previous.entries[member.path]
        return Copied(replace(entry, mode=_mode(member)), previous.packed(entry))

    def _is_unchanged(
        self, previous: PreviousWheel, reusable: dict[str, Digest]
    ) -> bool:
        if len(reusable) != len(self.members):
            return False
        lines = [record_line(name, digest) for name, digest in reusable.items()]
        return previous.is_same(
            [*reusable, self.record_path],
            record_text(lines, self.record_path).encode("utf-8"),
            [*map(_mode, self.members), 0o644],
        )


def _reusable(members: list[Member], previous: PreviousWheel) -> dict[str, Digest]:
    found = {}
    for member in members:
        if not previous.has_size(member.path, content_size(member.source)):
            continue
        digest = digest_content(member.source)
        if previous.matching(member.path, digest) is not None:
            found[member.path] = digest
    return found


def _ordered(members: Sequence[Member], dist_info: str) -> list[Member]:
    chosen: dict[str, Member] = {}
    for member in members:
        check_member_path(member.path)
        first = chosen.setdefault(member.path, member)
        if first.source != member.source:
            raise DuplicateMemberError(member.path, _describe(first), _describe(member))
    _check_folders(chosen)
    if f"{dist_info}/RECORD" in chosen:
        record = chosen[f"{dist_info}/RECORD"]
        raise DuplicateMemberError(record.path, _describe(record), "the real RECORD")
    key = wheel_order(dist_info)
    return sorted(chosen.values(), key=lambda member: key(member.path))


def _check_folders(members: dict[str, Member]) -> None:
    for member in members.values():
        folder, _, _ = member.path.rpartition("/")
        while folder:
            if folder in members:
                raise DuplicateMemberError(
                    folder, _describe(members[folder]), f"the folder of {member.path}"
                )
            folder, _, _ = folder.rpartition("/")


def _describe(member: Member) -> str:
    if isinstance(member.source, bytes):
        return f"generated content of {len(member.source)} bytes"
    return str(member.source)


def _mode(member: Member) -> int:
    return 0o755 if member.executable else 0o644
