"""The judgement of all binaries of a wheel: one question for every system.

Nothing here asks the machine that it runs on; the binaries decide, and what the
wheel is said to be for only where several answers are possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from ferrule.audit.platform_report import PlatformReport, System

if TYPE_CHECKING:
    from ferrule.audit.policy import Libc
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Image
    from ferrule.formats.macho import MachOBinary
    from ferrule.formats.pe import PeFile

__all__ = ["judge_images", "system_of_tag"]

_FAT = {
    "universal2": ("arm64", "x86_64"),
    "intel": ("i386", "x86_64"),
    "universal": ("i386", "ppc", "ppc64", "x86_64"),
}


def judge_images(
    images: Mapping[str, Image],
    *,
    claimed: Sequence[str] = (),
    python: str = "",
    cpu: str = "",
    target: str = "",
) -> PlatformReport:
    """Return which platform tags the binaries of a wheel allow, and why.

    `images` are the binaries by their path in the wheel. `claimed` are the
    platform tags that it has or is meant for: they choose among the systems and
    architectures of the files, and never make the answer better. `python` is the
    wheel's Python tag, `cpu` the processor that the compiler was told to use and
    `target` the deployment target of a build for macOS. Raises a `BrokenBinaryError`.
    """
    groups = _by_system(images)
    if not groups:
        return PlatformReport("", (), ("any",))
    system = _chosen(groups, claimed)
    files = groups[system]
    tags = [tag for tag in claimed if system_of_tag(tag) == system]
    report = _judge(system, files, tags, python=python, cpu=cpu, target=target)
    return _with_cpu(report, cpu) if cpu and system != "linux" else report


def system_of_tag(tag: str) -> System:
    """Return the system of a platform tag; empty for `any` and unknown ones.

    >>> system_of_tag("musllinux_1_2_x86_64")
    'linux'
    """
    if tag.startswith(("manylinux", "musllinux", "linux_")):
        return "linux"
    if tag.startswith("win"):
        return "windows"
    prefix = tag.partition("_")[0]
    names: dict[str, System] = {"macosx": "macos", "ios": "ios", "android": "android"}
    return names.get(prefix, "")


def _by_system(images: Mapping[str, Image]) -> dict[System, dict[str, Image]]:
    groups: dict[System, dict[str, Image]] = {}
    for path, image in sorted(images.items()):
        system: System = "windows"
        if image.format == "elf":
            system = "android" if image.android_api else "linux"
        elif image.format == "macho":
            is_ios = any(part.platform.startswith("ios") for part in image.slices)
            system = "ios" if is_ios else "macos"
        groups.setdefault(system, {})[path] = image
    return groups


def _chosen(
    groups: Mapping[System, Mapping[str, Image]], claimed: Sequence[str]
) -> System:
    """Return the system of the wheel: the claimed one, else that of its modules."""
    for tag in claimed:
        system = system_of_tag(tag)
        if system in groups:
            return system
    # Programs of other systems are data more often than modules are.
    endings = (".so", ".pyd", ".dylib", ".dll")
    return max(
        groups,
        key=lambda system: (
            sum(path.endswith(endings) for path in groups[system]),
            len(groups[system]),
            system,
        ),
    )


def _judge(
    system: System,
    files: Mapping[str, Image],
    tags: Sequence[str],
    *,
    python: str,
    cpu: str,
    target: str,
) -> PlatformReport:
    if system == "windows":
        from ferrule.audit.windows import judge_pe

        pe_files = cast("Mapping[str, PeFile]", files)
        return judge_pe(pe_files, platform=tags[0] if tags else "", python=python)
    if system in ("macos", "ios"):
        from ferrule.audit.macos import judge_macho

        machos = cast("Mapping[str, MachOBinary]", files)
        return judge_macho(machos, archs=_archs(tags), target=target)
    elves = cast("Mapping[str, ElfFile]", files)
    if system == "android":
        from ferrule.audit.android import judge_android

        _, level, abi = (*(tags[0] if tags else "").split("_", 2), "", "")[:3]
        return judge_android(
            elves, abi=abi, level=int(level) if level.isdecimal() else 0
        )
    from ferrule.audit.linux import judge_elf

    arch, expected = _linux_claim(tags)
    return judge_elf(elves, arch=arch, cpu=cpu, expected=expected)


def _archs(tags: Sequence[str]) -> list[str]:
    """Return the architectures of macOS tags: `macosx_10_9_universal2` has two."""
    kinds = [tag.split("_", 3)[-1] for tag in tags if tag.startswith("macosx_")]
    return [arch for kind in kinds for arch in _FAT.get(kind, (kind,))]


def _linux_claim(tags: Sequence[str]) -> tuple[str, Libc | None]:
    """Return architecture and C library of Linux tags, where they all agree."""
    known = ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "ppc64", "s390x")
    more = ("riscv64", "loongarch64", "armv6l")
    archs = {arch for tag in tags for arch in (*known, *more) if tag.endswith(arch)}
    families = {tag.partition("_")[0].rstrip("0123456789") for tag in tags}
    libc: Libc | None = None
    if families == {"musllinux"}:
        libc = "musl"
    elif families == {"manylinux"}:
        libc = "glibc"
    return archs.pop() if len(archs) == 1 else "", libc


def _with_cpu(report: PlatformReport, cpu: str) -> PlatformReport:
    from dataclasses import replace

    from ferrule.audit.elf_hazards import cpu_finding

    return replace(report, findings=(*report.findings, cpu_finding(cpu)))
