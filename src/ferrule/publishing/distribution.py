"""The files that are published: which they are, in which order, with what hash.

Wheels go first and the sdist last: while only some files are there, pip then takes
an older release where no wheel fits, instead of compiling the new one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ferrule.errors.publishing import (
    MixedVersionsError,
    NoDistributionsError,
    UnknownDistributionError,
)

__all__ = ["ATTESTATION_SUFFIX", "Distribution", "collect", "hash_file"]

ATTESTATION_SUFFIX: Final = ".publish.attestation"
"""What follows a distribution's name in that of its attestation (PEP 740)."""
_FOLDER: Final = "dist"
_CHUNK_SIZE: Final = 1 << 20


@dataclass(frozen=True)
class Distribution:
    """One file to publish."""

    path: Path
    kind: Literal["wheel", "sdist"]
    name: str
    """The project's normalised name."""
    version: str
    attestations: tuple[Path, ...] = ()
    """Files that attest this one, given or found beside it."""

    @property
    def filename(self) -> str:
        """Return the name that the index will know it by."""
        return self.path.name


def collect(given: Sequence[str], here: Path) -> list[Distribution]:
    """Return the distributions in the order of their upload.

    `given` are files, folders and patterns; without any, the wheels and sdists of
    `dist` below `here` are meant, and they must be of one version. Raises
    `NoDistributionsError`, `UnknownDistributionError` and `MixedVersionsError`.
    """
    words = list(given) or [_FOLDER]
    if not given and not (here / _FOLDER).is_dir():
        raise NoDistributionsError(words)
    paths = [path for word in words for path in _expand(word, here)]
    attestations = [path for path in paths if _is_attestation(path)]
    files = {
        os.path.realpath(path): path for path in paths if not _is_attestation(path)
    }
    if not files:
        raise NoDistributionsError(words)
    found = [_identify(path, attestations) for path in files.values()]
    _check_names(found)
    _check_attested(attestations, found)
    if not given:
        _check_versions(found)
    return sorted(found, key=lambda item: (item.kind != "wheel", item.filename))


def _expand(word: str, here: Path) -> Iterable[Path]:
    import glob

    path = here / word
    if path.is_dir():
        endings = (".whl", ".tar.gz", ATTESTATION_SUFFIX)
        names = sorted(os.listdir(path))
        # What an interrupted build left has a leading dot.
        found = [name for name in names if name.endswith(endings) and name[0] != "."]
        return [path / name for name in found]
    if path.exists():
        return [path]
    matches = sorted(glob.glob(str(path)))
    if not matches:
        raise UnknownDistributionError(Path(word), "there is no such file")
    return [Path(match) for match in matches]


def _is_attestation(path: Path) -> bool:
    return path.name.endswith(ATTESTATION_SUFFIX)


def _identify(path: Path, attestations: Sequence[Path]) -> Distribution:
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    if path.is_dir():
        raise UnknownDistributionError(path, "it is a folder")
    kind: Literal["wheel", "sdist"]
    try:
        if path.name.endswith(".whl"):
            kind = "wheel"
            name, version, _, _ = parse_wheel_filename(path.name)
        elif path.name.endswith(".tar.gz"):
            kind = "sdist"
            name, version = parse_sdist_filename(path.name)
        else:
            reason = "its name ends in neither .whl nor .tar.gz"
            if path.name.endswith(".zip"):
                reason = "sdists are .tar.gz archives since PEP 625"
            raise UnknownDistributionError(path, reason)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise UnknownDistributionError(path, str(error)) from None
    beside = path.with_name(path.name + ATTESTATION_SUFFIX)
    own = {item.resolve(): item for item in attestations if item.name == beside.name}
    if beside.is_file():
        own.setdefault(beside.resolve(), beside)
    return Distribution(path, kind, name, str(version), tuple(own.values()))


def _check_names(found: Sequence[Distribution]) -> None:
    places: dict[str, Path] = {}
    for item in found:
        other = places.setdefault(item.filename, item.path)
        if other != item.path:
            reason = f"{other} has the same name, and an index keeps one of them"
            raise UnknownDistributionError(item.path, reason)


def _check_attested(
    attestations: Sequence[Path], found: Sequence[Distribution]
) -> None:
    names = {item.filename + ATTESTATION_SUFFIX for item in found}
    for path in attestations:
        if path.name not in names:
            reason = "the distribution that it attests is not among the files"
            raise UnknownDistributionError(path, reason)


def _check_versions(found: Sequence[Distribution]) -> None:
    from packaging.version import Version

    versions: dict[str, set[str]] = {}
    for item in found:
        versions.setdefault(item.name, set()).add(item.version)
    for name, seen in sorted(versions.items()):
        if len(seen) > 1:
            raise MixedVersionsError(_FOLDER, name, sorted(seen, key=Version))


def hash_file(path: Path, algorithm: str = "sha256") -> str:
    """Return the hash of a file as hexadecimal digits.

    Raises `ReadError`.
    """
    import hashlib

    from ferrule.errors.files import ReadError

    digest = hashlib.new(algorithm)
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK_SIZE):
                digest.update(chunk)
    except OSError as error:
        raise ReadError(path, error) from error
    return digest.hexdigest()
