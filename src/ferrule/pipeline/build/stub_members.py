"""The setting `generate-stubs`: stubs go into what is built.

A wheel gets the stubs of the very modules that it holds, whatever lies in the source
tree; an editable install gets them beside the sources, where editors look. A stub
that somebody wrote is kept in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.wheel.layout import Layout, ModulePlace

__all__ = ["refresh_stubs", "with_stubs"]


def with_stubs(
    compiled: CompiledBuild, layout: Layout, members: Sequence[Member]
) -> list[Member]:
    """Return the members of a wheel with the stubs of its modules.

    Raises `NoIntrospectionError` where PyO3 recorded nothing, and what reading a
    library raises.
    """
    from ferrule.pipeline.build.stubs import describe_module, stub_texts

    found = list(members)
    places = {place.name: place for place in layout.modules}
    for item in compiled.build.modules:
        if item.bindings != "pyo3":
            continue
        place = places[item.name]
        present = [member for member in found if _is_stub_of(place, member.path)]
        own = [member.path for member in present if not _is_generated(member)]
        if own:
            log.info(f"{own[0]} was not made by ferrule, and is packed as it is")
            continue
        module = describe_module(compiled, layout, item, runtime=False)
        texts = stub_texts(module, is_packed_alone=not place.is_mixed)
        old = {member.path for member in present}
        found = [member for member in found if member.path not in old]
        found += _members(place, texts, {member.path for member in found})
    return found


def _members(
    place: ModulePlace, texts: dict[str, str], taken: set[str]
) -> list[Member]:
    """Return the stubs at their places in the wheel."""
    folder = place.path.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    if place.is_mixed:
        return [
            Member(f"{prefix}{path}", text.encode()) for path, text in texts.items()
        ]
    stubs = [Member(f"{prefix}__init__.pyi", text.encode()) for text in texts.values()]
    marker = f"{prefix}py.typed"
    return stubs if marker in taken else [*stubs, Member(marker, b"")]


def _is_stub_of(place: ModulePlace, path: str) -> bool:
    """Whether a file of the wheel is a stub of the module or of its submodules."""
    if not path.endswith(".pyi"):
        return False
    if not place.is_mixed:
        return path == f"{place.path.rpartition('/')[0]}/__init__.pyi"
    return path == f"{place.path}.pyi" or path.startswith(f"{place.path}/")


def _is_generated(member: Member) -> bool:
    from ferrule.stubs.writer import MARK

    start = member.source
    if isinstance(start, Path):
        with open(start, "rb") as stream:
            start = stream.read(len(MARK))
    return start.startswith(MARK.encode())


def refresh_stubs(compiled: CompiledBuild, layout: Layout) -> list[Path]:
    """Write the stubs that changed beside the sources and return their paths.

    Raises what `with_stubs` raises, and `WriteError`.
    """
    from ferrule.pipeline.build.stubs import source_stubs, write_stubs
    from ferrule.stubs.writer import MARK

    files = [
        item
        for item in source_stubs(compiled, layout)
        if item.present is None or item.present.startswith(MARK)
    ]
    written = write_stubs(files)
    for path in written:
        log.info(f"wrote {path}")
    return written
