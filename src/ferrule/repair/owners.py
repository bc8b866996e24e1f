"""Which package of the operating system a library file belongs to.

The databases of dpkg, apk and rpm are read as files, below any root; no program
is started. Sources: dpkg's `deb(5)` family, Alpine's "Apk spec", and rpm's
"RPM V4 Package format" for the header that its database stores.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Owner", "find_owners"]

_APK = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
_RPM = ("usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite")


@dataclass(frozen=True)
class Owner:
    """A package of a distribution."""

    kind: str
    """`deb`, `apk` or `rpm`: the type of the package URL."""
    distribution: str
    """`debian`, `alpine`, ...: `ID` of os-release."""
    release: str
    """`VERSION_ID` of os-release; empty if there is none."""
    name: str
    version: str
    arch: str


def find_owners(paths: Iterable[Path], root: Path) -> dict[Path, Owner]:
    """Return the owners of files below a root, in one pass over its database.

    Files that no package owns are not in the result. A database that cannot be
    read owns nothing.
    """
    wanted: dict[str, Path] = {}
    for path in paths:
        for name in _spellings(path, root):
            wanted[name] = path
    if not wanted:
        return {}
    found = {}
    try:
        system, release = _release(root)
        for reader in (_debian_owners, _alpine_owners, _rpm_owners):
            for name, (kind, *facts) in reader(wanted, root):
                found[wanted[name]] = Owner(kind, system, release, *facts)
    except (OSError, ValueError, struct.error):
        return found
    return found


def _spellings(path: Path, root: Path) -> Iterator[str]:
    """Yield the names of a file, seen from the root, as a database may have them."""
    try:
        name = "/" + path.relative_to(root).as_posix()
    except ValueError:
        return
    yield name
    # Where /lib is a link to /usr/lib, old packages still name the former.
    yield name[4:] if name.startswith("/usr/lib") else f"/usr{name}"


def _release(root: Path) -> tuple[str, str]:
    fields: dict[str, str] = {}
    for name in ("etc/os-release", "usr/lib/os-release"):
        if (root / name).is_file():
            text = (root / name).read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                key, _, value = line.partition("=")
                fields.setdefault(key.strip(), value.strip().strip("\"'"))
            break
    return fields.get("ID", "linux"), fields.get("VERSION_ID", "")


def _debian_owners(
    wanted: dict[str, Path], root: Path
) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    database = root / "var" / "lib" / "dpkg"
    folder = str(database / "info")
    if not os.path.isdir(folder):
        return
    packages: dict[str, list[str]] = {}
    marks = {name: f"\n{name}\n".encode() for name in wanted}
    # There are hundreds of them: no objects for their paths.
    for listing in sorted(os.listdir(folder)):
        if not listing.endswith(".list"):
            continue
        with open(os.path.join(folder, listing), "rb") as stream:
            content = stream.read()
        for name, mark in marks.items():
            if mark in content:
                # `libfoo1:amd64.list` where several architectures may be there.
                packages.setdefault(listing[: -len(".list")], []).append(name)
    status = b"\n" + (database / "status").read_bytes() if packages else b""
    for key, paths in packages.items():
        package, _, wanted_arch = key.partition(":")
        for fields in _status_blocks(status, package):
            arch = fields.get("Architecture", "")
            if wanted_arch in ("", arch):
                for path in paths:
                    yield path, ("deb", package, fields.get("Version", ""), arch)
                break


def _status_blocks(status: bytes, package: str) -> Iterator[dict[str, str]]:
    """Yield the entries of a package; there is one for each architecture."""
    mark = f"\nPackage: {package}\n".encode()
    start = status.find(mark)
    while start >= 0:
        end = status.find(b"\n\n", start + 1)
        block = status[start + 1 : end if end >= 0 else len(status)]
        yield _fields(block.decode("utf-8", "replace"), ": ")
        start = status.find(mark, start + 1)


def _alpine_owners(
    wanted: dict[str, Path], root: Path
) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    for database in _APK:
        if not (root / database).is_file():
            continue
        text = (root / database).read_text(encoding="utf-8", errors="replace")
        for block in text.split("\n\n"):
            fields, folder = _fields(block, ":"), ""
            for line in block.splitlines():
                if line.startswith("F:"):
                    folder = line[2:]
                elif line.startswith("R:") and f"/{folder}/{line[2:]}" in wanted:
                    facts = [fields.get(key, "") for key in "PVA"]
                    yield f"/{folder}/{line[2:]}", ("apk", *facts)  # type: ignore[misc]
        return


def _rpm_owners(
    wanted: dict[str, Path], root: Path
) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    for database in _RPM:
        if not (root / database).is_file():
            continue
        import sqlite3

        # Read-only and immutable: nothing is locked or created beside it.
        address = f"{(root / database).absolute().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as connection:
                yield from _rpm_rows(wanted, connection)
        except sqlite3.Error:
            return
        return


def _rpm_rows(
    wanted: dict[str, Path], connection: sqlite3.Connection
) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    for name in wanted:
        query = (
            "SELECT Packages.blob FROM Basenames JOIN Packages "
            "ON Packages.hnum = Basenames.hnum WHERE Basenames.key = ?"
        )
        for (blob,) in connection.execute(query, (name.rpartition("/")[2],)):
            header = _RpmHeader(blob)
            if name in header.files():
                version = f"{header.text(1001)}-{header.text(1002)}"
                yield name, ("rpm", header.text(1000), version, header.text(1022))


class _RpmHeader:
    """The header of a package: an index of tags, and their values behind it."""

    def __init__(self, blob: bytes) -> None:
        count, size = struct.unpack_from(">2I", blob)
        rows = struct.iter_unpack(">4I", blob[8 : 8 + 16 * count])
        self.index = {row[0]: row[1:] for row in rows}
        self.store = blob[8 + 16 * count : 8 + 16 * count + size]

    def text(self, tag: int) -> str:
        return next(iter(self.texts(tag)), "")

    def texts(self, tag: int) -> list[str]:
        _, offset, count = self.index.get(tag, (0, 0, 0))
        parts = self.store[offset:].split(b"\0", count)[:count]
        return [part.decode("utf-8", "replace") for part in parts]

    def numbers(self, tag: int) -> tuple[int, ...]:
        _, offset, count = self.index.get(tag, (0, 0, 0))
        return struct.unpack_from(f">{count}I", self.store, offset)

    def files(self) -> set[str]:
        folders = self.texts(1118)
        return {
            folders[number] + name
            for number, name in zip(self.numbers(1116), self.texts(1117))
            if number < len(folders)
        }


def _fields(block: str, separator: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.splitlines():
        key, found, value = line.partition(separator)
        if found and not line.startswith(" "):
            fields.setdefault(key, value)
    return fields
