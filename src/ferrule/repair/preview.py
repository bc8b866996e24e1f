"""How binaries will look once a plan is true, without making it so."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Image
    from ferrule.formats.macho import MachOFile
    from ferrule.repair.plan import Edit, RepairPlan

__all__ = ["repaired_images"]


def repaired_images(images: Mapping[str, Image], plan: RepairPlan) -> dict[str, Image]:
    """Return the binaries of the repaired wheel, without what was left out.

    Libraries that are left out deliberately count as promised. Raises `ReadError`
    and a `BrokenBinaryError`.
    """
    from ferrule.formats.image import read_image

    found = {}
    for path, image in images.items():
        new = _changed(image, plan.edits.get(path), frozenset(plan.left_out))
        found[plan.moves.get(path, path)] = new
    for item in plan.grafts:
        image = read_image(item.source)
        edit = plan.edits.get(item.path)
        found[item.path] = _changed(image, edit, frozenset(plan.left_out))
    return found


def _changed(image: Image, edit: Edit | None, left_out: frozenset[str]) -> Image:
    if edit is None and not left_out:
        # It also remembers what was read from it.
        return image
    if image.format == "elf":
        return _changed_elf(image, edit, left_out)
    if image.format == "macho":
        parts = tuple(_changed_slice(item, edit, left_out) for item in image.slices)
        return replace(image, slices=parts)
    return image


def _changed_elf(
    image: ElfFile, edit: Edit | None, left_out: frozenset[str]
) -> ElfFile:
    from ferrule.formats.elf_edit import ElfEdit

    made = edit if isinstance(edit, ElfEdit) else ElfEdit()
    names = (made.needed.get(name, name) for name in image.needed)
    rpath, runpath = image.rpath, image.runpath
    if made.rpath is not None:
        rpath, runpath = ((), made.rpath) if made.is_runpath else (made.rpath, ())
    stack = image.has_executable_stack and not made.clear_executable_stack
    return replace(
        image,
        needed=tuple(
            name for name in names if name and posixpath.basename(name) not in left_out
        ),
        soname=image.soname if made.soname is None else made.soname,
        rpath=rpath,
        runpath=runpath,
        has_executable_stack=stack,
    )


def _changed_slice(
    image: MachOFile, edit: Edit | None, left_out: frozenset[str]
) -> MachOFile:
    from ferrule.formats.macho_edit import MachOEdit

    made = edit if isinstance(edit, MachOEdit) else MachOEdit()
    libraries = tuple(
        replace(item, name=made.libraries.get(item.name, item.name))
        for item in image.libraries
        if posixpath.basename(item.name) not in left_out
    )
    name = image.install_name
    if made.install_name is not None and name:
        name = made.install_name
    rpaths = image.rpaths if made.rpaths is None else made.rpaths
    return replace(image, libraries=libraries, install_name=name, rpaths=rpaths)
