"""What a wheel's platform promises, and which platforms a repaired one fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.errors.repair import WheelTagError

if TYPE_CHECKING:
    from ferrule.audit.platform_report import PlatformReport
    from ferrule.audit.policy import Libc
    from ferrule.formats.elf import ElfFile
    from ferrule.formats.image import Image
    from ferrule.repair.plan import RepairPlan
    from ferrule.repair.planning import Promises
    from ferrule.wheel.tags import WheelTag

__all__ = ["find_promises", "result_platforms", "wheel_arch"]

_ANDROID = (
    "EGL GLESv1_CM GLESv2 GLESv3 OpenMAXAL OpenSLES aaudio amidi android "
    "binder_ndk c camera2ndk dl icu jnigraphics log m mediandk nativehelper "
    "nativewindow neuralnetworks stdc++ sync vulkan z"
)
"""The libraries of Android's NDK ("Native APIs"), which every device has."""

_POLICY = r"(manylinux|musllinux)_(\d+)_(\d+)_(.+)"
_LINUX = r"(?:manylinux\d+|(?:many|musl)linux_\d+_\d+|linux)_(.+)"
_MACOS = r"macosx_(\d+)_(\d+)_(.+)"
_GROUPS = {"universal2": ("arm64", "x86_64"), "intel": ("i386", "x86_64")}


def find_promises(tag: WheelTag, images: Mapping[str, Image], wanted: str) -> Promises:
    """Return what need not be packed for the platform that is wanted.

    With `auto` that is what any policy promises: of the policies that promise
    less, the wheel then does not get the tag. Raises `PolicyNameError`.
    """
    from ferrule.repair.planning import Promises

    tags = tag.platforms
    elf = [image for image in images.values() if image.format == "elf"]
    if any(word.startswith("android") for word in tags):
        names = frozenset(f"lib{name}.so" for name in _ANDROID.split())
        return Promises(names, is_android=True)
    promised: set[str] = set()
    for arch in sorted({image.arch for image in elf}):
        promised |= _promised(arch, tags, elf, wanted)
    has_programs = any(
        image.format == "pe" and not image.is_dll for image in images.values()
    )
    return Promises(frozenset(promised), _dll_promise(tag, has_programs=has_programs))


def _dll_promise(tag: WheelTag, *, has_programs: bool) -> Callable[[str], bool]:
    """Return what tells whether Windows, or Python, brings a DLL."""
    platform = tag.platforms[0]

    def is_system(name: str) -> bool:
        from ferrule.audit.windows_libraries import classify_dll, promised_runtime

        kind = classify_dll(name, platform)
        if kind == "runtime":
            promised = promised_runtime(tag.python, platform, has_programs=has_programs)
            return name.lower() in promised
        return kind != "external"

    return is_system


def _promised(
    arch: str, tags: Sequence[str], elf: Sequence[ElfFile], wanted: str
) -> frozenset[str]:
    from ferrule.audit.policy import load_policies

    libcs: tuple[Libc, ...] = ("glibc", "musl")
    if wanted not in ("auto", "linux"):
        libcs = ("musl",) if wanted.startswith("musllinux") else ("glibc",)
    elif any("musllinux" in tag for tag in tags) or any(map(_is_musl, elf)):
        libcs = ("musl",)
    elif any("manylinux" in tag for tag in tags):
        libcs = ("glibc",)
    found: frozenset[str] = frozenset()
    for libc in libcs:
        policies = load_policies(libc, arch)
        if wanted not in ("auto", "linux"):
            limit = _versions(_wanted_tags(wanted, arch))
            policies = tuple(item for item in policies if item.version <= max(limit))
        for policy in policies[-1:]:
            found |= policy.libraries
    return found


def _is_musl(image: ElfFile) -> bool:
    return any(name == "libc.so" or "musl-" in name for name in image.needed)


def result_platforms(
    tags: Sequence[str],
    images: Mapping[str, Image],
    plan: RepairPlan,
    *,
    wanted: str,
    is_only: bool,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the platform tags of the result, none where they stay, and notes.

    Tags that hold are kept. Raises `WheelTagError` and `PolicyNameError`.
    """
    from ferrule.repair.preview import repaired_images

    kinds = {image.format for image in images.values()}
    is_elf, is_macho = kinds == {"elf"}, kinds == {"macho"}
    is_android = any(tag.startswith("android") for tag in tags)
    if not (is_elf or is_macho) or is_android:
        return (tuple(wanted.split(".")), ()) if wanted != "auto" else ((), ())
    after = repaired_images(images, plan)
    if is_elf:
        report = _judge_elf(after, tags)
        if wanted == "auto":
            return _linux_tags(tags, report)
        return _wanted_linux(wanted, report, is_only=is_only), ()
    return _macos_tags(tags, _judge_macho(after, tags), plan, wanted)


def wheel_arch(tags: Sequence[str]) -> str:
    """Return the architecture of Linux tags; empty if they name several or none.

    >>> wheel_arch(["manylinux2014_aarch64", "manylinux_2_17_aarch64"])
    'aarch64'
    """
    found = {match[1] for match in (re.fullmatch(_LINUX, tag) for tag in tags) if match}
    return found.pop() if len(found) == 1 else ""


def _judge_elf(images: Mapping[str, Image], tags: Sequence[str]) -> PlatformReport:
    from ferrule.audit.linux import judge_elf

    files = {path: item for path, item in images.items() if item.format == "elf"}
    return judge_elf(files, arch=wheel_arch(tags))


def _judge_macho(images: Mapping[str, Image], tags: Sequence[str]) -> PlatformReport:
    from ferrule.audit.macos import judge_macho

    files = {path: item for path, item in images.items() if item.format == "macho"}
    named = {item[3] for item in _macos(tags)}
    archs = {arch for name in named for arch in _GROUPS.get(name, (name,))}
    return judge_macho(files, archs=sorted(archs))


def _linux_tags(
    tags: Sequence[str], report: PlatformReport
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    claims = [tag for tag in tags if not tag.startswith("linux_") and tag != "any"]
    if not report.is_portable:
        notes = tuple(f"no portable tag: {reason}" for reason in report.reasons)
        return report.platforms, notes
    if not claims:
        return ((), ()) if "any" in tags else (report.platforms, ())
    if all(_holds(tag, report) for tag in claims):
        return (), ()
    better = ".".join(report.platforms)
    return report.platforms, (
        f"its tag {'.'.join(tags)} promises more than is true; it is now {better}",
    )


def _wanted_linux(
    wanted: str, report: PlatformReport, *, is_only: bool
) -> tuple[str, ...]:
    (arch, *others) = report.architectures or ("",)
    if wanted == "linux" or wanted.startswith("linux_"):
        return (f"linux_{arch}",)
    tags = _wanted_tags(wanted, arch)
    unmet = [tag for tag in tags if not _holds(tag, report)]
    if unmet or others:
        raise WheelTagError(wanted, _obstacles(unmet, report) or report.reasons)
    return tags if is_only else tuple(dict.fromkeys((*report.platforms, *tags)))


def _wanted_tags(wanted: str, arch: str) -> tuple[str, ...]:
    from ferrule.audit.linux import policy_tags

    return policy_tags(wanted.partition(".")[0], arch)


def _obstacles(tags: Sequence[str], report: PlatformReport) -> list[str]:
    found = [
        item.text
        for rung in report.ladder
        if rung.tag in tags
        for item in rung.obstacles
    ]
    return list(dict.fromkeys(found))


def _holds(tag: str, report: PlatformReport) -> bool:
    """Return whether a policy tag is true; policies without a table too."""
    for rung in report.ladder:
        if tag in (rung.tag, *rung.aliases):
            return rung.is_met
    found = re.fullmatch(_POLICY, tag)
    if found is None:
        return False
    version = int(found[2]), int(found[3])
    return any(
        rung.is_met and version >= min(_versions([rung.tag]))
        for rung in report.ladder
        if rung.tag.startswith(found[1]) and rung.tag.endswith(f"_{found[4]}")
    )


def _versions(tags: Sequence[str]) -> list[tuple[int, int]]:
    found = (re.fullmatch(_POLICY, tag) for tag in tags)
    return [(int(item[2]), int(item[3])) for item in found if item]


def _macos(tags: Sequence[str]) -> list[re.Match[str]]:
    found = (re.fullmatch(_MACOS, tag) for tag in tags)
    return [item for item in found if item]


def _macos_tags(
    tags: Sequence[str], report: PlatformReport, plan: RepairPlan, wanted: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Raise the system version where a graft needs a newer one."""
    chosen = tuple(tags if wanted == "auto" else wanted.split("."))
    claims = _macos(chosen)
    needed = _macos(report.platforms)
    oldest = min(((int(item[1]), int(item[2])) for item in claims), default=None)
    least = max(((int(item[1]), int(item[2])) for item in needed), default=None)
    if oldest is None or least is None or least <= oldest or not plan.grafts:
        return ((), ()) if wanted == "auto" else (chosen, ())
    reason = f"its libraries need macOS {least[0]}.{least[1]}"
    if wanted != "auto":
        raise WheelTagError(wanted, [reason])
    return report.platforms, (f"{reason}: the tag is {'.'.join(report.platforms)}",)
