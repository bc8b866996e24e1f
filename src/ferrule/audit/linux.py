"""Which manylinux or musllinux policy built files really satisfy.

The answer depends on the files alone, never on the machine that asks. A file
satisfies a policy when it needs only libraries, symbol versions and symbols
that the policy promises; libraries in the same wheel count as present where
the files find them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.audit.elf_hazards import elf_hazards
from ferrule.audit.linux_files import LinuxFiles
from ferrule.audit.linux_policy import is_libpython, policy_obstacles
from ferrule.audit.platform_report import ExternalLibrary, PlatformReport, Rung
from ferrule.audit.policy import Libc, Policy, load_policies
from ferrule.errors import did_you_mean
from ferrule.errors.wheel import PolicyNameError, PolicyNotMetError

if TYPE_CHECKING:
    from ferrule.formats.elf import ElfFile

__all__ = [
    "external_libraries",
    "judge_elf",
    "linux_platform_tags",
    "named_policy",
    "policy_rung",
    "policy_tags",
]


def judge_elf(
    files: Mapping[str, ElfFile],
    *,
    arch: str = "",
    cpu: str = "",
    expected: Libc | None = None,
) -> PlatformReport:
    """Return the best policy that all files together satisfy.

    `arch` names the wheel's architecture: files for others are told and left
    out. `cpu` is the processor that the compiler was told to use, if any, and
    `expected` the C library of files that do not tell it. For files that are
    linked to no C library, policies of both libraries are returned. musl cannot
    be dated by its symbols: the newest musllinux policy is taken. Raises
    `BrokenElfError`.
    """
    known = LinuxFiles.of(files, arch, cpu=cpu, expected=expected)
    libcs = sorted(known.libcs) or ["glibc", "musl"]
    name = known.arch or arch
    general = tuple(known.general_obstacles())
    ladder = tuple(
        _rung(known, policy)
        for libc in libcs
        for policy in load_policies(libc, known.arch)
    )
    platforms: list[str] = []
    if not general:
        platforms += [tag for libc in libcs for tag in _best(libc, ladder)]
    reasons: tuple[str, ...] = ()
    if not platforms:
        platforms = [f"linux_{name or known.other_machine}"]
        reasons = tuple(item.text for item in general) or _reasons(known, ladder)
    return PlatformReport(
        "linux",
        tuple(sorted({elf.arch for elf in known.files.values()} - {""})),
        tuple(sorted(platforms)),
        reasons,
        libc=libcs[0] if len(known.libcs) == 1 else "",
        ladder=ladder,
        external=external(known),
        own=known.closure.own,
        findings=tuple(elf_hazards(known, files)),
    )


def linux_platform_tags(
    files: Mapping[str, ElfFile], *, wanted: str, machine: str = "", cpu: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the platform tags for a wheel, and why there is no better one.

    `wanted` is `auto`, `linux` or `off` (no promise), `pypi` (a policy, or an
    error), or a policy such as `manylinux_2_28`, `2_28`, `2014`. `machine`
    names the architecture where the files do not tell it. Raises
    `PolicyNameError`, `PolicyNotMetError` and `BrokenElfError`.
    """
    if wanted in ("linux", "off") and machine:
        return (f"linux_{machine}",), ()
    known = LinuxFiles.of(files, machine, cpu=cpu)
    arch = known.arch or machine
    if wanted in ("linux", "off"):
        return (f"linux_{arch or known.other_machine}",), ()
    report = judge_elf(files, arch=machine, cpu=cpu)
    if wanted == "auto":
        return report.platforms, report.reasons
    if wanted == "pypi":
        if report.reasons and arch not in ("armv6l", "armv7l"):
            raise PolicyNotMetError("any policy", report.reasons, report.platforms[0])
        return report.platforms, report.reasons
    libc, policy = named_policy(wanted, arch)
    problems = [item.text for item in policy_rung(known, libc, policy).obstacles]
    if problems:
        other = libc if known.libcs and libc not in known.libcs else ""
        raise PolicyNotMetError(
            policy.name, problems, report.platforms[-1], other_libc=other
        )
    return policy.tags(arch), ()


def policy_tags(wanted: str, arch: str) -> tuple[str, ...]:
    """Return the platform tags of a named policy. Raises `PolicyNameError`."""
    return named_policy(wanted, arch)[1].tags(arch)


def policy_rung(files: LinuxFiles, libc: Libc, policy: Policy) -> Rung:
    """Return what keeps files from a policy that was asked for by name."""
    from ferrule.audit.platform_report import Obstacle

    rung = _rung(files, policy)
    if libc in files.libcs or not files.libcs:
        return rung
    text = f"the files are linked to {next(iter(files.libcs))}"
    return Rung(rung.tag, rung.aliases, (Obstacle("libc", text), *rung.obstacles))


def external_libraries(files: Mapping[str, ElfFile]) -> tuple[str, ...]:
    """Return what the files need and no policy promises, one sentence each.

    Nothing where there is no policy to judge by. Raises `BrokenElfError`.
    """
    known = LinuxFiles.of(files)
    found: list[str] = []
    for libc in sorted(known.libcs):
        for policy in load_policies(libc, known.arch)[-1:]:
            found += [
                item.text
                for item in policy_obstacles(known, policy)
                if item.kind in ("library", "libpython")
            ]
    return tuple(dict.fromkeys(found))


def external(files: LinuxFiles) -> tuple[ExternalLibrary, ...]:
    """Return the libraries that no policy of the files' architecture promises.

    Python's own is none: modules must not be linked to it at all.
    """
    promised: frozenset[str] = frozenset()
    for libc in files.libcs:
        for policy in load_policies(libc, files.arch)[-1:]:
            promised |= policy.libraries
    return tuple(
        item
        for item in files.external(promised, arch=files.arch)
        if not is_libpython(item.name)
    )


def _rung(files: LinuxFiles, policy: Policy) -> Rung:
    obstacles = (*files.general_obstacles(), *policy_obstacles(files, policy))
    aliases = tuple(f"{name}_{files.arch}" for name in policy.aliases)
    return Rung(f"{policy.name}_{files.arch}", aliases, obstacles)


def _best(libc: str, ladder: tuple[Rung, ...]) -> tuple[str, ...]:
    """Return the best policy of one C library, with its old names."""
    family = "musllinux" if libc == "musl" else "manylinux"
    rungs = [rung for rung in ladder if rung.tag.startswith(family)]
    # musl's symbols tell no version: only the newest policy is sure.
    for rung in reversed(rungs) if libc == "musl" else rungs:
        if rung.is_met:
            return (rung.tag, *rung.aliases)
    return ()


def _reasons(files: LinuxFiles, ladder: tuple[Rung, ...]) -> tuple[str, ...]:
    found = [
        item.text
        for number, rung in enumerate(ladder)
        if number + 1 == len(ladder) or _family(ladder[number + 1]) != _family(rung)
        for item in rung.obstacles
    ]
    machine = files.arch or files.other_machine
    return tuple(dict.fromkeys(found)) or (f"there is no policy for {machine}",)


def _family(rung: Rung) -> str:
    return rung.tag.partition("_")[0]


def named_policy(wanted: str, arch: str) -> tuple[Libc, Policy]:
    """Return the policy that a setting or tag names. Raises `PolicyNameError`."""
    name = wanted[: -len(arch) - 1] if arch and wanted.endswith(f"_{arch}") else wanted
    if name[:1].isdigit():
        name = f"manylinux_{name}" if "_" in name else f"manylinux{name}"
    libc: Libc = "musl" if name.startswith("musllinux") else "glibc"
    policies = load_policies(libc, arch)
    for policy in policies:
        if name in (policy.name, *policy.aliases):
            return libc, policy
    prefix, *numbers = name.split("_")
    if prefix == "manylinux" and len(numbers) == 2 and all(map(str.isdigit, numbers)):
        # PEP 600 knows every glibc version; what an older one promises holds.
        asked = int(numbers[0]), int(numbers[1])
        older = [policy for policy in policies if policy.version <= asked]
        if older and asked[0] == 2:
            found = older[-1]
            return libc, Policy(
                name, (), found.versions, found.libraries, found.forbidden
            )
    every = (*load_policies("glibc", arch), *load_policies("musl", arch))
    known = [item for policy in every for item in (policy.name, *policy.aliases)]
    raise PolicyNameError(wanted, arch, known, did_you_mean(name, known))
