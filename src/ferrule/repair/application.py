"""Makes a plan true: what each changed or added file of the wheel will hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ferrule.mapping import map_file
from ferrule.wheel.content import Patched

if TYPE_CHECKING:
    from ferrule.formats.patch import Patch
    from ferrule.formats.view import Source
    from ferrule.repair.content import WheelContent
    from ferrule.repair.plan import Edit, RepairPlan

__all__ = ["Changes", "apply_plan"]

Change = Union[bytes, Path, Patched, None]


@dataclass(frozen=True)
class Changes:
    """The new contents by their paths; None for what is removed."""

    contents: Mapping[str, Change]
    executable: frozenset[str]
    """Added files that must have the permission to run."""


def apply_plan(plan: RepairPlan, content: WheelContent) -> Changes:
    """Return the changes of a wheel.

    Raises `ReadError`, a `BrokenBinaryError` and a `BinaryEditError`.
    """
    contents: dict[str, Change] = dict(plan.texts)
    grafts = {item.path: item.source for item in plan.grafts}
    for path, source in grafts.items():
        edit = plan.edits.get(path)
        contents[path] = source if edit is None else _edited(source, edit, path)
    for path, edit in plan.edits.items():
        if path in grafts:
            continue
        target = plan.moves.get(path, path)
        contents[target] = _edited(content.source(path), edit, path)
    executable = {*plan.moves.values(), *(path for path in grafts if _is_dll(path))}
    return Changes(contents, frozenset(executable))


def _edited(source: Source, edit: Edit, name: str) -> Patched:
    data = map_file(source) if isinstance(source, Path) else source
    return Patched(_patch(data, edit, name), memoryview(data))


def _patch(data: Source, edit: Edit, name: str) -> Patch:
    from ferrule.formats.elf_edit import ElfEdit, edit_elf
    from ferrule.formats.macho_edit import MachOEdit, edit_macho
    from ferrule.formats.pe_edit import edit_pe

    if isinstance(edit, ElfEdit):
        return edit_elf(data, edit, name)
    if isinstance(edit, MachOEdit):
        return edit_macho(data, edit, name)
    return edit_pe(data, edit, name)


def _is_dll(path: str) -> bool:
    # Cygwin and msys look at the permission of DLLs; others do not mind.
    return path.lower().endswith(".dll")
