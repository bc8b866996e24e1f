"""Which modules of a bundle need what is only required for extras.

Packages have modules that work with an extra alone (`blackd` of Black). Nobody may
have asked for it, so a bundle without it is whole.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.packages import metadata_values
from ferrule.bundle.selection import module_of
from ferrule.project.names import normal_name

if TYPE_CHECKING:
    from ferrule.bundle.model import BundleFile

__all__ = ["modules_of_extras"]

_METADATA = ".dist-info/METADATA"


def modules_of_extras(
    files: Iterable[BundleFile], packages: str, markers: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the topmost modules that may lack something, sorted.

    They are those of packages that have all that they require, but not all that
    their extras do. `packages` is the folder of packages in the bundle, `markers` are
    the values of environment markers where it runs (PEP 508).
    """
    owned = [item for item in files if item.owner and item.folder.startswith(packages)]
    described = {item.owner: item for item in owned if item.path.endswith(_METADATA)}
    present = {normal_name(owner.partition(" ")[0]) for owner in described}
    lacking = {
        owner
        for owner, item in described.items()
        if _lacks_extras_alone(_text(item), present, markers)
    }
    tops = {
        module_of(posixpath.relpath(item.path, packages)).partition(".")[0]
        for item in owned
        if item.owner in lacking
    }
    return tuple(sorted(tops - {""}))


def _text(item: BundleFile) -> str:
    content = item.content
    if isinstance(content, Path):
        content = content.read_bytes()
    # What is patched is a binary.
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _lacks_extras_alone(
    metadata: str, present: set[str], markers: Mapping[str, str]
) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    is_lacking = False
    for value in metadata_values(metadata, "Requires-Dist"):
        try:
            requirement = Requirement(value)
        except InvalidRequirement:
            continue
        if normal_name(requirement.name) in present:
            continue
        marker = requirement.marker
        if marker is None or marker.evaluate({**markers, "extra": ""}):
            return False
        is_lacking = is_lacking or "extra" in str(marker)
    return is_lacking
