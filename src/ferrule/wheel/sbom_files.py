"""Files of the setting `sbom.include` (PEP 770)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ferrule.errors.wheel import SbomFileError
from ferrule.wheel.member import Member

__all__ = ["sbom_file_members"]


def sbom_file_members(include: Sequence[str], root: Path, folder: str) -> list[Member]:
    """Return the files, each under its own name below `folder`/sboms.

    `folder` is the dist-info folder. Raises `SbomFileError` for what is no file.
    """
    members = []
    for item in dict.fromkeys(include):
        source = root / item
        if not source.is_file():
            reason = "it is a folder" if source.is_dir() else "there is no such file"
            raise SbomFileError(item, source, reason)
        members.append(Member(f"{folder}/sboms/{source.name}", source))
    return members
