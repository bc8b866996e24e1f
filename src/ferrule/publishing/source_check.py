"""What an sdist must be before it is published.

The rules are those of the source distribution format (PEP 517, 625, 643, 721): the
file name, one folder of that name, PKG-INFO that says the same, and members that
`tarfile`'s data filter lets out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.audit.finding import Finding

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

__all__ = ["check_sdist"]

_SUFFIX: Final = ".tar.gz"
_MAX_RATIO: Final = 200
_HARMLESS_BYTES: Final = 256 << 20
"""Below this many unpacked bytes no ratio is a bomb."""
_MAX_METADATA_BYTES: Final = 16 << 20
_SHOWN: Final = 5


def check_sdist(path: Path, name: str, version: str) -> list[Finding]:
    """Return what is wrong with an sdist of this name and version, both normalised.

    Nothing is unpacked. Raises `ReadError`.
    """
    import tarfile
    import zlib

    from ferrule.errors.files import ReadError

    findings = list(_check_name(path, name, version))
    folder = path.name[: -len(_SUFFIX)]
    try:
        with tarfile.open(path, "r:gz") as archive:
            findings += _check_content(archive, path, folder, (name, version))
            findings += _check_end(archive, path)
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        findings.append(_broken(str(error) or type(error).__name__))
    except OSError as error:
        # gzip tells of a wrong checksum with an OSError that has no number.
        if error.errno is not None:
            raise ReadError(path, error) from error
        findings.append(_broken(str(error)))
    return findings


def _broken(reason: str) -> Finding:
    what = f"the archive cannot be unpacked: {reason}"
    return Finding("sdist-archive", "error", "", what, "build the sdist again")


def _check_name(path: Path, name: str, version: str) -> Iterator[Finding]:
    wanted = f"{name.replace('-', '_')}-{version}{_SUFFIX}"
    if path.name != wanted:
        what = f"the file is named {path.name}; PEP 625 asks for {wanted}"
        fix = "build the sdist with a backend that follows PEP 625"
        yield Finding("sdist-name", "error", "", what, fix)


def _check_content(
    archive: TarFile, path: Path, folder: str, identity: tuple[str, str]
) -> Iterator[Finding]:
    members: dict[str, TarInfo] = {}
    outside, unsafe, size_bytes = [], [], 0
    limit_bytes = _limit(path)
    for member in archive:
        size_bytes += member.size
        if size_bytes > limit_bytes:
            yield _broken(f"it unpacks to more than {size_bytes:,} bytes")
            return
        reason = _danger(member)
        place = posixpath.normpath(member.name)
        if reason:
            unsafe.append(f"{member.name}: {reason}")
        elif place.split("/")[0] != folder:
            outside.append(member.name)
        members[place] = member
    if unsafe:
        what = "members could be written outside the folder, or are no files"
        fix = "leave them out of the sdist"
        yield Finding("sdist-member", "error", "", what, fix, tuple(unsafe[:_SHOWN]))
    if outside or not members:
        what = f"not everything is in the folder {folder}"
        fix = "build the sdist with a backend that follows PEP 625"
        yield Finding("sdist-folder", "error", "", what, fix, tuple(outside[:_SHOWN]))
        return
    if f"{folder}/pyproject.toml" not in members:
        what = "pyproject.toml is missing; pip would use setuptools to build it"
        fix = "add pyproject.toml to the sdist"
        yield Finding("sdist-pyproject", "warning", "pyproject.toml", what, fix)
    yield from _check_metadata(archive, members.get(f"{folder}/PKG-INFO"), identity)


def _check_end(archive: TarFile, path: Path) -> Iterator[Finding]:
    """Read what follows the last member; gzip's checksum is at the very end."""
    limit_bytes = _limit(path)
    while chunk := archive.fileobj.read(1 << 20):
        limit_bytes -= len(chunk)
        if limit_bytes < 0:
            yield _broken("what follows its last member is too long")
            return


def _limit(path: Path) -> int:
    """Return how many bytes an archive may unpack to."""
    return max(_HARMLESS_BYTES, path.stat().st_size * _MAX_RATIO)


def _danger(member: TarInfo) -> str:
    """Return why `tarfile`'s data filter would refuse a member, or nothing."""
    name = member.name
    if name.startswith(("/", "\\")) or name[1:2] == ":" or "\\" in name:
        return "an absolute path, or one of Windows"
    if ".." in name.split("/"):
        return "leads upwards"
    if member.issym() or member.islnk():
        base = posixpath.dirname(name) if member.issym() else ""
        target = posixpath.normpath(posixpath.join(base, member.linkname))
        if posixpath.isabs(member.linkname) or target.split("/")[0] == "..":
            return f"a link to {member.linkname}"
        return ""
    return "" if member.isfile() or member.isdir() else "neither file nor folder"


def _check_metadata(
    archive: TarFile, member: TarInfo | None, identity: tuple[str, str]
) -> Iterator[Finding]:
    from packaging.metadata import ExceptionGroup, Metadata, parse_email

    rule, place = "sdist-metadata", "PKG-INFO"
    fix = "build the sdist again with a current backend"
    stream = archive.extractfile(member) if member and member.isfile() else None
    if stream is None:
        what = "there is no file PKG-INFO in the folder"
        yield Finding(rule, "error", place, what, fix)
        return
    raw, unparsed = parse_email(stream.read(_MAX_METADATA_BYTES))
    details = tuple(f"the field {name} is unknown, or broken" for name in unparsed)
    try:
        Metadata.from_raw(raw)
    except ExceptionGroup as error:
        details += tuple(str(problem) for problem in error.exceptions)
    if details:
        what = "PKG-INFO is not valid metadata"
        yield Finding(rule, "error", place, what, fix, details)
        return
    yield from _check_identity(raw["name"], raw["version"], identity)


def _check_identity(
    name: str, version: str, identity: tuple[str, str]
) -> Iterator[Finding]:
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    wanted_name, wanted_version = identity
    same_name = canonicalize_name(name) == wanted_name
    if not same_name or Version(version) != Version(wanted_version):
        what = (
            f"PKG-INFO is that of {name} {version}, the file name that of "
            f"{wanted_name} {wanted_version}"
        )
        fix = "never rename an sdist; build it again"
        yield Finding("sdist-metadata", "error", "PKG-INFO", what, fix)
