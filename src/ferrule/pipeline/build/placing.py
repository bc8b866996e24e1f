"""Putting built files into folders instead of archives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic
from ferrule.atomic import link_file

if TYPE_CHECKING:
    from ferrule.wheel.member import Member

__all__ = ["link_file", "write_members"]


def write_members(
    members: Sequence[Member], folder: Path, *, link: bool = False
) -> list[Path]:
    """Write members below a folder and return the files.

    With `link`, files that exist already become links. Raises `WriteError`.
    """
    written = []
    for member in members:
        target = folder / member.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if link and isinstance(member.source, Path):
            link_file(member.source, target)
        else:
            content = member.source
            if isinstance(content, Path):
                content = content.read_bytes()
            mode = 0o755 if member.executable else 0o644
            atomic.write_bytes(target, content, mode=mode)
        written.append(target)
    return written
