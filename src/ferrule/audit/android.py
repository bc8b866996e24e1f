"""Which Android the ELF files of a wheel need.

Sources: PEP 738 (tags), the note that the NDK writes into every file, and the
lists of the libraries that each API level has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.audit.elf_closure import resolve
from ferrule.audit.finding import Finding
from ferrule.audit.platform_report import ExternalLibrary, PlatformReport
from ferrule.audit.policy import load_policies

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile

__all__ = ["ABIS", "judge_android"]

ABIS = {
    (62, 64): "x86_64",
    (183, 64): "arm64_v8a",
    (40, 32): "armeabi_v7a",
    (3, 32): "x86",
}
"""Android's names of architectures by `e_machine` and class."""

_OLDEST = 21


def judge_android(
    files: Mapping[str, ElfFile], *, abi: str = "", level: int = 0
) -> PlatformReport:
    """Return the platform tag of files that are made for Android.

    `abi` and `level` are those that the wheel is for, where that is known: a
    level counts where it is newer than what the files say. Raises `BrokenElfError`.
    """
    named = {path: ABIS.get((elf.machine, elf.bits), "") for path, elf in files.items()}
    known = sorted(set(named.values()) - {""})
    chosen = abi if abi in known else known[0] if known else ""
    judged = {path: elf for path, elf in files.items() if named[path] == chosen}
    oldest = max((elf.android_api for elf in judged.values()), default=0)
    least = max(oldest, level, _OLDEST)
    external = _external(judged, least)
    findings = [
        Finding(
            "external-library",
            "error",
            item.needed_by[0],
            f"it needs {item.name}, which is neither in the wheel nor in Android "
            f"{least}",
            "put it into the wheel, or link it statically",
            item.needed_by[1:],
        )
        for item in external
    ]
    findings += [
        Finding(
            "text-relocations",
            "error",
            path,
            "its code must be rewritten when it is loaded (DT_TEXTREL), which "
            "Android refuses",
            "compile everything that is linked into it with -fPIC",
        )
        for path, elf in judged.items()
        if elf.has_text_relocations
    ]
    reasons = () if chosen else ("Android has no name for the files' processor",)
    return PlatformReport(
        "android",
        (chosen,) if chosen else (),
        (f"android_{least}_{chosen}",) if chosen else ("any",),
        reasons,
        external=external,
        own=resolve(judged).own,
        minimum_os=((chosen, str(oldest)),) if chosen else (),
        findings=tuple(findings),
    )


def _external(files: Mapping[str, ElfFile], level: int) -> tuple[ExternalLibrary, ...]:
    promised: frozenset[str] = frozenset()
    # The lists are the same for every architecture.
    for policy in load_policies("android", "aarch64"):
        if int(policy.name.partition("_")[2]) <= level:
            promised = policy.libraries
    users: dict[str, list[str]] = {}
    for path, libraries in sorted(resolve(files).missing.items()):
        for library in libraries:
            # Android's modules are linked to libpython, which the app has loaded.
            if library not in promised and not library.startswith("libpython"):
                users.setdefault(library, []).append(path)
    return tuple(
        ExternalLibrary(name, tuple(paths)) for name, paths in sorted(users.items())
    )
