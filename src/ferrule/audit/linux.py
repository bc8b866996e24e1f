"""Which manylinux or musllinux policy built files really satisfy.

The answer depends on the files alone, never on the machine that asks. A file
satisfies a policy when it needs only libraries, symbol versions and symbols
that the policy promises; libraries that are among the files themselves count
as present.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from ferrule.audit.policy import Libc, Policy, load_policies
from ferrule.errors import did_you_mean
from ferrule.errors.wheel import PolicyNameError, PolicyNotMetError
from ferrule.formats.elf import ElfFile, VersionNeed, read_elf

__all__ = [
    "Image",
    "LinuxReport",
    "audit_elf",
    "external_libraries",
    "linux_platform_tags",
    "policy_tags",
    "violations",
]

Image = Union[Path, bytes, memoryview]

_OTHER_MACHINES = {2: "sparc", 8: "mips", 20: "ppc", 22: "s390", 40: "armv6l"}


@dataclass(frozen=True)
class LinuxReport:
    """The result of an audit."""

    arch: str
    """Architecture as platform tags spell it; empty if there are no policies."""
    libc: Libc | None
    """The C library the files are linked to; None if they are static."""
    platforms: tuple[str, ...]
    """Platform tags, sorted: the best policy with its old names, or `linux_*`."""
    reasons: tuple[str, ...] = ()
    """Why it is only `linux_*`; empty otherwise."""


@dataclass(frozen=True)
class _Subject:
    name: str
    elf: ElfFile


@dataclass(frozen=True)
class _Files:
    """The files of one wheel, read."""

    subjects: tuple[_Subject, ...]
    own: frozenset[str]
    """Names under which the files find each other."""

    @classmethod
    def read(cls, images: Sequence[Image]) -> _Files:
        subjects = []
        for number, image in enumerate(images, 1):
            elf = read_elf(image)
            name = image.name if isinstance(image, Path) else elf.soname
            subjects.append(_Subject(name or f"image {number}", elf))
        own = {subject.name for subject in subjects}
        own.update(subject.elf.soname for subject in subjects)
        return cls(tuple(subjects), frozenset(own - {""}))

    @property
    def arch(self) -> str:
        found = {subject.elf.arch for subject in self.subjects}
        return found.pop() if len(found) == 1 else ""

    @property
    def libcs(self) -> set[Libc]:
        found = {_libc(subject) for subject in self.subjects}
        return {item for item in found if item is not None}

    def general_reasons(self) -> Iterator[str]:
        """Say what rules out every policy."""
        archs = sorted({subject.elf.arch or "unknown" for subject in self.subjects})
        if len(archs) > 1:
            yield f"the files are for different architectures: {', '.join(archs)}"
        if len(self.libcs) > 1:
            yield "some files are linked to glibc and others to musl"
        for subject in self.subjects:
            if subject.elf.isa_level > 1:
                yield (
                    f"{subject.name} needs a newer processor: "
                    f"x86-64-v{subject.elf.isa_level}"
                )


def audit_elf(images: Sequence[Image], *, machine: str = "") -> LinuxReport:
    """Return the best policy that all files together satisfy.

    For files that are linked to no C library, policies of both libraries are
    returned. musl cannot be dated by its symbols: the newest musllinux policy
    is taken. `machine` names the architecture where the files do not tell it.
    Raises `ReadError` and `BrokenElfError`.
    """
    files = _Files.read(images)
    arch = files.arch
    generic = (f"linux_{machine or arch or _other_machine(files)}",)
    libcs = files.libcs
    libc = next(iter(libcs)) if len(libcs) == 1 else None
    reasons = tuple(files.general_reasons())
    if reasons or not files.subjects:
        return LinuxReport(arch, libc, generic, reasons)
    platforms: tuple[str, ...] = ()
    candidates: tuple[Libc, ...] = (libc,) if libc else ("glibc", "musl")
    for candidate in candidates:
        policy, problems = _best_policy(files, load_policies(candidate, arch))
        platforms += policy.tags(arch) if policy else ()
        reasons += problems
    if platforms:
        return LinuxReport(arch, libc, tuple(sorted(platforms)))
    if not reasons:
        reasons = (f"there is no policy for {generic[0][len('linux_') :]}",)
    return LinuxReport(arch, libc, generic, reasons)


def linux_platform_tags(
    images: Sequence[Image], *, wanted: str, machine: str = ""
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the platform tags for a wheel, and why there is no better one.

    `wanted` is `auto`, `linux` or `off` (no promise), `pypi` (a policy, or an
    error), or a policy such as `manylinux_2_28`, `2_28`, `2014`. `machine`
    names the architecture where the files do not tell it. Raises
    `PolicyNameError`, `PolicyNotMetError`, `ReadError` and `BrokenElfError`.
    """
    if wanted in ("linux", "off") and machine:
        return (f"linux_{machine}",), ()
    files = _Files.read(images)
    arch = files.arch or machine
    if wanted in ("linux", "off"):
        return (f"linux_{arch or _other_machine(files)}",), ()
    report = audit_elf(images, machine=machine)
    if wanted == "auto":
        return report.platforms, report.reasons
    if wanted == "pypi":
        if report.reasons and arch not in ("armv6l", "armv7l"):
            raise PolicyNotMetError("any policy", report.reasons, report.platforms[0])
        return report.platforms, report.reasons
    libc, policy = _named_policy(wanted, arch)
    problems = [*files.general_reasons(), *_policy_problems(files, policy)]
    if libc not in files.libcs and files.libcs:
        problems.insert(0, f"the files are linked to {next(iter(files.libcs))}")
    if problems:
        raise PolicyNotMetError(policy.name, problems, report.platforms[-1])
    return policy.tags(arch), ()


def policy_tags(wanted: str, arch: str) -> tuple[str, ...]:
    """Return the platform tags of a named policy. Raises `PolicyNameError`."""
    return _named_policy(wanted, arch)[1].tags(arch)


def external_libraries(images: Sequence[Image]) -> tuple[str, ...]:
    """Return what the files need and no policy promises, one sentence each.

    Nothing where there is no policy to judge by. Raises `ReadError` and
    `BrokenElfError`.
    """
    files = _Files.read(images)
    found: list[str] = []
    for libc in sorted(files.libcs):
        for policy in load_policies(libc, files.arch)[-1:]:
            for subject in files.subjects:
                for library in subject.elf.needed:
                    if library not in files.own and not _is_loader(library):
                        found += _library_problems(subject, library, policy)
    return tuple(found)


def violations(images: Sequence[Image], policy: Policy) -> list[str]:
    """Return what in the files breaks a policy, one sentence each."""
    return list(_policy_problems(_Files.read(images), policy))


def _best_policy(
    files: _Files, policies: tuple[Policy, ...]
) -> tuple[Policy | None, tuple[str, ...]]:
    if policies and policies[0].name.startswith("musllinux"):
        policies = policies[-1:]
    problems: tuple[str, ...] = ()
    for policy in policies:
        problems = tuple(_policy_problems(files, policy))
        if not problems:
            return policy, ()
    return None, problems


def _policy_problems(files: _Files, policy: Policy) -> Iterator[str]:
    for subject in files.subjects:
        needed = [
            library
            for library in subject.elf.needed
            if library not in files.own and not _is_loader(library)
        ]
        for library in needed:
            yield from _library_problems(subject, library, policy)
        for need in subject.elf.version_needs:
            if need.library not in files.own and not _is_loader(need.library):
                yield from _version_problems(subject, need, policy)
        for library in needed:
            used = policy.forbidden.get(library, frozenset()) & subject.elf.undefined
            if used:
                names = ", ".join(sorted(used))
                yield f"{subject.name} uses private symbols of {library}: {names}"


def _library_problems(subject: _Subject, library: str, policy: Policy) -> Iterator[str]:
    if library.startswith("libpython"):
        yield (
            f"{subject.name} is linked to {library}; extension modules must find "
            "Python's symbols in the interpreter that loads them"
        )
    elif policy.name.startswith("musllinux") and library.startswith("libc.musl-"):
        return
    elif library not in policy.libraries:
        yield f"{subject.name} needs {library}, which {policy.name} does not promise"


def _version_problems(
    subject: _Subject, need: VersionNeed, policy: Policy
) -> Iterator[str]:
    # musl has no symbol versions; other libraries were reported by name.
    if not policy.versions or need.library not in policy.libraries:
        return
    for version in need.versions:
        prefix, _, number = version.partition("_")
        if number in policy.versions.get(prefix, frozenset()):
            continue
        symbols = sorted(
            item.name for item in subject.elf.imports if item.version == version
        )
        shown = ", ".join(symbols[:5]) + (", ..." if len(symbols) > 5 else "")
        yield (
            f"{subject.name} needs {version} of {need.library}, which is newer than "
            f"{policy.name}" + (f" (symbols: {shown})" if shown else "")
        )


def _named_policy(wanted: str, arch: str) -> tuple[Libc, Policy]:
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


def _libc(subject: _Subject) -> Libc | None:
    elf = subject.elf
    if elf.interpreter:
        return "musl" if "ld-musl-" in elf.interpreter else "glibc"
    for library in elf.needed:
        if library == "libc.so" or library.startswith(("libc.musl-", "ld-musl-")):
            return "musl"
        if library == "libc.so.6" or _is_loader(library):
            return "glibc"
    if not elf.needed and not elf.undefined:
        return None
    # An extension module that calls nothing but Python: its suffix names the
    # system of the Python it was built for, where it has one.
    return "musl" if "-linux-musl" in subject.name else "glibc"


def _is_loader(library: str) -> bool:
    return library.startswith(("ld-linux", "ld64.so.", "ld-musl-", "ld.so."))


def _other_machine(files: _Files) -> str:
    machine = files.subjects[0].elf.machine if files.subjects else 0
    return _OTHER_MACHINES.get(machine, f"machine{machine}")
