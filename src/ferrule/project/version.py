"""Versions: what cargo calls 1.0.0-alpha.1 is 1.0.0a1 in Python (PEP 440)."""

from __future__ import annotations

from ferrule.errors.project import VersionError

__all__ = ["normalize_version"]


def normalize_version(version: str, *, origin: str = "the version") -> str:
    """Return a version of Cargo.toml or pyproject.toml in PEP 440's normal form.

    `origin` tells the user where the version stands. Raises `VersionError` for
    versions that Python cannot express.

    >>> normalize_version("0.1.0-alpha.1+abc")
    '0.1.0a1+abc'
    """
    if _is_plain_release(version):
        return version
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(version))
    except InvalidVersion as error:
        raise VersionError(version, origin) from error


def _is_plain_release(version: str) -> bool:
    # Nearly all versions are normal already: this spares an import.
    parts = version.split(".")
    return version.isascii() and all(
        part.isdigit() and (part[0] != "0" or part == "0") for part in parts
    )
