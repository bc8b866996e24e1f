"""What METADATA, WHEEL and their neighbours say, and the SBOMs of a wheel.

Standards: core metadata, entry points specification, PEP 639 (licences),
PEP 561 (type markers), PEP 770 (SBOMs), CycloneDX and SPDX in JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ferrule.report.model import Bom, Metadata

if TYPE_CHECKING:
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["describe_metadata", "read_boms"]


def describe_metadata(wheel: OpenedWheel) -> Metadata:
    """Return what the wheel says about itself. Raises a `BrokenWheelError`."""
    from email.parser import HeaderParser
    from email.policy import compat32

    message = HeaderParser(policy=compat32).parsestr(wheel.metadata_text)
    fields = [(name, _unfolded(str(value))) for name, value in message.items()]

    def every(wanted: str) -> tuple[str, ...]:
        return tuple(text for name, text in fields if name.lower() == wanted)

    def first(wanted: str) -> str:
        return next(iter(every(wanted)), "")

    return Metadata(
        version=first("metadata-version"),
        summary=first("summary"),
        requires_python=first("requires-python"),
        requires=every("requires-dist"),
        extras=every("provides-extra"),
        license=first("license-expression") or first("license"),
        license_files=_license_files(wheel, every("license-file")),
        entry_points=tuple(_entry_points(wheel)),
        is_typed=any(path.endswith("/py.typed") for path in wheel.entries),
        stubs=sum(path.endswith(".pyi") for path in wheel.entries),
        fields=tuple(item for item in fields if item[0].lower() != "description"),
    )


def _unfolded(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def _license_files(wheel: OpenedWheel, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files in the wheel, also where METADATA does not name them."""
    folder = f"{wheel.dist_info}/licenses/"
    found = {path[len(folder) :] for path in wheel.entries if path.startswith(folder)}
    # Before PEP 639 they were beside METADATA.
    found.update(name for name in named if f"{wheel.dist_info}/{name}" in wheel.entries)
    return tuple(sorted(found))


def _entry_points(wheel: OpenedWheel) -> Iterator[tuple[str, str, str]]:
    path = f"{wheel.dist_info}/entry_points.txt"
    if path not in wheel.entries:
        return
    group = ""
    for line in map(str.strip, wheel.text(path).splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield group, name.strip(), target.strip()


def read_boms(wheel: OpenedWheel) -> tuple[Bom, ...]:
    """Return the bills of materials with their components."""
    folder = f"{wheel.dist_info}/sboms/"
    return tuple(
        _bom(path, wheel.text(path))
        for path in sorted(wheel.entries)
        if path.startswith(folder)
    )


def _bom(path: str, text: str) -> Bom:
    import json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Bom(path, "", ())
    if not isinstance(data, dict):
        return Bom(path, "", ())
    if data.get("bomFormat") == "CycloneDX":
        return Bom(
            path,
            f"CycloneDX {data.get('specVersion', '')}".strip(),
            _names(data.get("components"), "version"),
        )
    if isinstance(data.get("spdxVersion"), str):
        version = data["spdxVersion"].replace("SPDX-", "SPDX ")
        return Bom(path, version, _names(data.get("packages"), "versionInfo"))
    return Bom(path, "", ())


def _names(items: Any, version_key: str) -> tuple[str, ...]:
    if not isinstance(items, list):
        return ()
    return tuple(
        sorted(
            f"{item.get('name', '')} {item.get(version_key, '')}".strip()
            for item in items
            if isinstance(item, dict)
        )
    )
