"""The distributions that are installed in an environment.

Names and versions are read off the folders' names (PEP 376, PEP 427); METADATA
is opened only where a name alone does not answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ferrule.project.names import normal_name
from ferrule.records import dataclass

__all__ = ["Distribution", "find_distributions"]

_ENDINGS = (".dist-info", ".egg-info", ".egg-link")


@dataclass(frozen=True)
class Distribution:
    """One installed distribution."""

    name: str
    """The normal form (PEP 503)."""
    version: str
    """Empty where the name of the folder does not tell it."""
    path: Path
    """Its `.dist-info` or `.egg-info` folder or file, or its `.egg-link`."""

    @property
    def is_standard(self) -> bool:
        """Whether it is a dist-info folder."""
        return self.path.name.endswith(".dist-info")

    def headers(self, name: str) -> list[str]:
        """Return the values of one header of METADATA; none without the file."""
        path = self.path / "METADATA" if self.is_standard else self.path / "PKG-INFO"
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        head = text.partition("\n\n")[0]
        start = f"{name}: "
        return [
            line[len(start) :]
            for line in head.splitlines()
            if line[: len(start)] == start
        ]

    def text(self, name: str) -> str | None:
        """Return one file of the dist-info folder, or None."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None


def find_distributions(
    folders: Iterable[str], names: Sequence[str] | None = None
) -> list[Distribution]:
    """Return what is installed in the folders; the first of a name hides others.

    `names`, in normal form, restricts the answer; then all of a name are
    returned, since an interrupted installer can leave two.
    """
    found = [item for folder in dict.fromkeys(folders) for item in _in_folder(folder)]
    if names is not None:
        return [item for item in found if item.name in names]
    first: dict[str, Distribution] = {}
    for item in found:
        first.setdefault(item.name, item)
    return list(first.values())


def _in_folder(folder: str) -> Iterator[Distribution]:
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.endswith(_ENDINGS):
            continue
        stem = entry.rpartition(".")[0]
        # The name of a legacy egg goes on: `name-1.0-py3.9.egg-info`; that of a
        # link to a source folder has no version.
        is_link = entry.endswith(".egg-link")
        name, _, rest = (stem, "", "") if is_link else stem.partition("-")
        version = rest.partition("-")[0]
        yield Distribution(normal_name(name), version, Path(folder, entry))
