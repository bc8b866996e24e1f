"""Which macOS or iOS the Mach-O files of a wheel need.

Sources: the versions that linkers write into every slice (LC_BUILD_VERSION,
LC_VERSION_MIN_MACOSX), dyld's search rules (`dyld(1)`), and the way installers
spell platform tags: from macOS 11 on without a minor version.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ferrule.audit.elf_closure import installed_path
from ferrule.audit.elf_hazards import libpython_finding
from ferrule.audit.finding import Finding
from ferrule.audit.platform_report import ExternalLibrary, PlatformReport, System

if TYPE_CHECKING:
    from ferrule.formats.macho import Dylib, MachOBinary, MachOFile

__all__ = ["judge_macho", "version_of"]

Version = tuple[int, int]

_SYSTEM_PREFIXES = ("/usr/lib/", "/System/Library/")
_UNIVERSAL = frozenset({"x86_64", "arm64"})
_INTEL = frozenset({"i386", "x86_64"})
_ARM64_FLOOR = (11, 0)
"""No Mac with an Apple processor runs an older system."""
_OLDEST = (10, 0)
_OBJECT, _PROGRAM = 1, 2


def judge_macho(
    files: Mapping[str, MachOBinary], *, archs: Sequence[str] = (), target: str = ""
) -> PlatformReport:
    """Return the platform tag that the slices of all files allow.

    `archs` are the architectures that the wheel is for, where that is known;
    `target` is the deployment target of the build, which counts where it is newer
    than what the files say. Raises `BrokenMachOError`.
    """
    slices = [
        (path, part)
        for path, binary in sorted(files.items())
        for part in binary.slices
        if part.file_type != _OBJECT
    ]
    system: System = "ios" if any(_is_ios(part) for _, part in slices) else "macos"
    served = _served(slices, archs)
    minimum = {arch: _minimum(slices, arch) for arch in served}
    tags, reasons = _tags(system, minimum, slices, target)
    links = _Links.of(files, slices)
    return PlatformReport(
        system,
        served,
        tags,
        reasons,
        external=links.external(),
        own=links.own,
        minimum_os=tuple((arch, _dotted(minimum[arch])) for arch in served),
        imports=links.classes(),
        findings=tuple(_findings(slices, served, minimum, links)),
    )


def version_of(text: str) -> Version:
    """Return the first two numbers of a version; (0, 0) for empty text.

    >>> version_of("10.13.6")
    (10, 13)
    """
    numbers = [int(word) for word in text.split(".")[:2] if word.isdecimal()]
    major, minor = (*numbers, 0, 0)[:2]
    return major, minor


def _is_ios(part: MachOFile) -> bool:
    return part.platform.startswith("ios")


def _served(
    slices: Sequence[tuple[str, MachOFile]], archs: Sequence[str]
) -> tuple[str, ...]:
    """Return the architectures for which every file has a slice."""
    by_path: dict[str, set[str]] = {}
    for path, part in slices:
        by_path.setdefault(path, set()).add(part.arch)
    every = set.union(set(), *by_path.values())
    common = every.intersection(*by_path.values()) if by_path else every
    named = {arch for arch in archs if arch in every}
    return tuple(sorted(arch for arch in named or common or every if arch))


def _minimum(slices: Sequence[tuple[str, MachOFile]], arch: str) -> Version:
    floor = _ARM64_FLOOR if arch.startswith("arm64") else _OLDEST
    said = (version_of(part.minimum_os) for _, part in slices if part.arch == arch)
    return max((floor, *said))


def _tags(
    system: System,
    minimum: Mapping[str, Version],
    slices: Sequence[tuple[str, MachOFile]],
    target: str,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if system == "ios":
        platforms = sorted({part.platform for _, part in slices if _is_ios(part)})
        device = (
            "iphonesimulator" if platforms[-1:] == ["ios-simulator"] else "iphoneos"
        )
        oldest = {
            arch: max(
                version_of(target), *(version_of(part.minimum_os) for _, part in slices)
            )
            for arch in minimum
        }
        return (
            tuple(f"ios_{a}_{b}_{arch}_{device}" for arch, (a, b) in oldest.items()),
            (),
        )
    wanted = version_of(target)
    least = {arch: max(version, wanted) for arch, version in minimum.items()}
    if least.keys() == _UNIVERSAL:
        # arm64 begins with 11.0, so an older version speaks of x86_64 alone.
        intel, apple = least["x86_64"], least["arm64"]
        version = intel if apple <= _ARM64_FLOOR else max(intel, apple)
        return (_tag(version, "universal2"),), ()
    if least.keys() == _INTEL:
        return (_tag(max(least.values()), "intel"),), ()
    if not least:
        return ("any",), ("the architecture of its Mach-O files is unknown",)
    return tuple(_tag(version, arch) for arch, version in least.items()), ()


def _tag(version: Version, arch: str) -> str:
    major, minor = version
    return f"macosx_{major}_{0 if major >= 11 else minor}_{arch}"


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


class _Links:
    """Which library each slice is linked to."""

    def __init__(self) -> None:
        self.users: dict[tuple[str, str], set[str]] = {}
        """Library and class (`system`, `wheel`, `python`, `external`, `weak`)."""
        self.found: set[str] = set()

    @classmethod
    def of(
        cls,
        files: Mapping[str, MachOBinary],
        slices: Sequence[tuple[str, MachOFile]],
    ) -> _Links:
        links = cls()
        places = {installed_path(path): path for path in files}
        names = {part.install_name for _, part in slices} - {""}
        # An rpath of the file that loads a library counts for the library too.
        rpaths = {
            posixpath.normpath(folder)
            for path, part in slices
            for folder in _expanded(part.rpaths, path)
        }
        for path, part in slices:
            for library in part.libraries:
                target = _target(library.name, path, places, rpaths)
                group = _group(library, is_own=bool(target) or library.name in names)
                links.users.setdefault((library.name, group), set()).add(path)
                if target:
                    links.found.add(target)
        return links

    @property
    def own(self) -> tuple[str, ...]:
        """Return the libraries in the wheel that others need."""
        return tuple(sorted(self.found))

    def of_class(self, *groups: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield the libraries of some classes with those who need them."""
        for (name, group), users in sorted(self.users.items()):
            if group in groups:
                yield name, group, tuple(sorted(users))

    def classes(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Return every library with its class."""
        return tuple(self.of_class("system", "wheel", "python", "external", "weak"))

    def external(self) -> tuple[ExternalLibrary, ...]:
        """Return what is neither in the wheel nor part of the system."""
        return tuple(
            ExternalLibrary(name, users, is_optional=group == "weak")
            for name, group, users in self.of_class("external", "weak")
        )


def _group(library: Dylib, *, is_own: bool) -> str:
    if library.name.startswith(_SYSTEM_PREFIXES):
        return "system"
    if is_own:
        return "wheel"
    leaf = posixpath.basename(library.name)
    if leaf.startswith("libpython") or "/Python.framework/" in library.name:
        return "python"
    return "weak" if library.kind == "weak" else "external"


def _expanded(names: Sequence[str], path: str) -> Iterator[str]:
    folder = posixpath.dirname(installed_path(path))
    for name in names:
        if name.startswith(("@loader_path", "@executable_path")):
            rest = name.partition("/")[2]
            yield posixpath.join(folder, rest) if rest else folder


def _target(
    name: str, path: str, places: Mapping[str, str], rpaths: set[str]
) -> str | None:
    """Return the file of the wheel that dyld finds under a name."""
    if name.startswith("@rpath/"):
        rest = name[len("@rpath/") :]
        candidates = [posixpath.join(folder, rest) for folder in sorted(rpaths)]
    else:
        candidates = list(_expanded((name,), path))
    for candidate in candidates:
        found = places.get(posixpath.normpath(candidate))
        if found:
            return found
    return None


def _findings(
    slices: Sequence[tuple[str, MachOFile]],
    served: tuple[str, ...],
    minimum: Mapping[str, Version],
    links: _Links,
) -> Iterator[Finding]:
    programs = {path for path, part in slices if part.file_type == _PROGRAM}
    have: dict[str, set[str]] = {}
    for path, part in slices:
        have.setdefault(path, set()).add(part.arch)
    for path, archs in have.items():
        lacking = sorted(set(served) - archs)
        if lacking:
            yield Finding(
                "foreign-architecture",
                "error",
                path,
                f"it is for {', '.join(sorted(archs))}, not for {', '.join(lacking)}",
                "build it for all architectures of the wheel (universal2)",
            )
    for path, part in slices:
        if part.arch in served and not part.minimum_os:
            yield Finding(
                "minimum-system",
                "note",
                path,
                f"its {part.arch} slice does not say which system it needs",
            )
    for arch, (major, minor) in minimum.items():
        if major >= 11 and minor:
            yield Finding(
                "minimum-system",
                "warning",
                "",
                f"its {arch} code needs macOS {major}.{minor}, and tags cannot say "
                f"more than {major}.0",
                f"set the deployment target to {major}.0",
            )
    # On iOS modules are linked to the framework that the app brings along (PEP 730).
    groups = ("python",) if not any(_is_ios(part) for _, part in slices) else ()
    for name, _, users in links.of_class(*groups):
        for path in users:
            if path not in programs:
                yield libpython_finding(path, name)
    for name, _, users in links.of_class("external"):
        yield Finding(
            "external-library",
            "error",
            users[0],
            f"it needs {name}, which is neither in the wheel nor in macOS",
            "put it into the wheel with `ferrule repair`, or link it statically",
            users[1:],
        )
