"""The plan for all binaries of a wheel, whatever system they are for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ferrule.records import dataclass
from ferrule.repair.plan import RepairPlan
from ferrule.repair.search import Search

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.macho import MachOBinary
    from ferrule.formats.pe import PeFile
    from ferrule.repair.content import WheelContent
    from ferrule.repair.wishes import RepairWishes

__all__ = ["Promises", "library_triples", "plan_repair"]

_HOST_MACHINES = {"i386": "i686", "i586": "i686", "armv8l": "armv7l"}
_DEBIAN = {
    "i686": "i386-linux-gnu",
    "armv7l": "arm-linux-gnueabihf",
    "ppc64le": "powerpc64le-linux-gnu",
}
_MINGW = {"amd64": "x86_64", "x86": "i686", "arm64": "aarch64"}


@dataclass(frozen=True)
class Promises:
    """What the platform of a wheel brings, so that it need not be packed."""

    elf: frozenset[str] = frozenset()
    is_system_dll: Callable[[str], bool] = lambda _: False
    is_android: bool = False


def plan_repair(
    content: WheelContent, wishes: RepairWishes, promises: Promises
) -> RepairPlan:
    """Return what must change so that the wheel holds all it needs.

    Raises `MissingLibrariesError`, `PatternError`, `DataProgramError`,
    `ReadError` and a `BrokenBinaryError`.
    """
    images = content.images
    elf = {key: item for key, item in images.items() if item.format == "elf"}
    macho = {key: item for key, item in images.items() if item.format == "macho"}
    pe = {key: item for key, item in images.items() if item.format == "pe"}
    plans = []
    if elf:
        plans.append(_plan_elf(content, elf, wishes, promises))
    if macho:
        plans.append(_plan_macho(content, macho, wishes))
    if pe:
        plans.append(_plan_pe(content, pe, wishes, promises))
    return _joined(plans)


def _plan_elf(
    content: WheelContent,
    images: Mapping[str, ElfFile],
    wishes: RepairWishes,
    promises: Promises,
) -> RepairPlan:
    from ferrule.repair.closure import find_closure
    from ferrule.repair.elf import ElfLinkage, plan_elf

    archs = {item.arch for item in images.values()}
    arch = archs.pop() if len(archs) == 1 else ""
    if sys.platform != "linux" or _host_machine() != arch or promises.is_android:
        wishes = wishes.without_host()
    search = Search(wishes, library_triples(arch))
    linkage = ElfLinkage(content, search, promises.elf)
    closure = find_closure(linkage, dict(images), wishes)
    return plan_elf(linkage, closure, wishes, is_android=promises.is_android)


def library_triples(arch: str) -> tuple[str, ...]:
    """Return the names of the folders that Linux systems give an architecture.

    >>> library_triples("i686")
    ('i386-linux-gnu', 'i686-linux-musl')
    """
    return _DEBIAN.get(arch, f"{arch}-linux-gnu"), f"{arch}-linux-musl"


def _plan_macho(
    content: WheelContent, images: Mapping[str, MachOBinary], wishes: RepairWishes
) -> RepairPlan:
    from ferrule.repair.closure import find_closure
    from ferrule.repair.macho import MachOLinkage, plan_macho

    if sys.platform != "darwin":
        wishes = wishes.without_host()
    linkage = MachOLinkage(content, Search(wishes))
    return plan_macho(linkage, find_closure(linkage, dict(images), wishes), wishes)


def _plan_pe(
    content: WheelContent,
    images: Mapping[str, PeFile],
    wishes: RepairWishes,
    promises: Promises,
) -> RepairPlan:
    from ferrule.repair.closure import find_closure
    from ferrule.repair.windows import PeLinkage, plan_windows

    archs = sorted({item.arch for item in images.values()})
    names = [_MINGW[arch] for arch in archs if arch in _MINGW]
    # The folders of a MinGW toolchain that are on this machine, whatever it is.
    triples = tuple(f"{name}-w64-mingw32" for name in names)
    search = Search(wishes, triples, has_generic_folders=False)
    linkage = PeLinkage(content, search, promises.is_system_dll)
    closure = find_closure(linkage, dict(images), wishes)
    return plan_windows(linkage, closure, wishes)


def _host_machine() -> str:
    if hasattr(os, "uname"):
        name = os.uname().machine
    else:
        import platform

        name = platform.machine()
    return _HOST_MACHINES.get(name, name)


def _joined(plans: list[RepairPlan]) -> RepairPlan:
    if len(plans) == 1:
        return plans[0]
    return RepairPlan(
        grafts=tuple(item for plan in plans for item in plan.grafts),
        edits={key: item for plan in plans for key, item in plan.edits.items()},
        texts={key: item for plan in plans for key, item in plan.texts.items()},
        moves={key: item for plan in plans for key, item in plan.moves.items()},
        left_out={key: item for plan in plans for key, item in plan.left_out.items()},
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
    )
