"""What the judgement of a wheel's binaries says, for every system alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding

__all__ = ["ExternalLibrary", "Obstacle", "PlatformReport", "Rung", "System"]

System = Literal["linux", "android", "macos", "ios", "windows", ""]
ObstacleKind = Literal[
    "architecture",
    "libc",
    "library",
    "libpython",
    "private-symbols",
    "processor",
    "python-build",
    "version",
]


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps files from a platform tag."""

    kind: ObstacleKind
    text: str
    """The whole of it in a sentence."""
    path: str = ""
    """The file that is concerned; empty if it is several."""
    library: str = ""
    version: str = ""
    """A symbol version such as `GLIBC_2.28`, or a processor such as `x86-64-v3`."""
    symbols: tuple[str, ...] = ()
    """The names that ask for the version, or the private ones that are used."""

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": self.kind,
            "text": self.text,
            "path": self.path,
            "library": self.library,
            "version": self.version,
            "symbols": list(self.symbols),
        }


@dataclass(frozen=True)
class Rung:
    """One platform tag, and what keeps the wheel from it."""

    tag: str
    """For example `manylinux_2_17_x86_64`."""
    aliases: tuple[str, ...]
    """Older names of the same promise, for example `manylinux2014_x86_64`."""
    obstacles: tuple[Obstacle, ...]

    @property
    def is_met(self) -> bool:
        """Return whether the wheel may have this tag."""
        return not self.obstacles

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "tag": self.tag,
            "aliases": list(self.aliases),
            "met": self.is_met,
            "obstacles": [item.to_json() for item in self.obstacles],
        }


@dataclass(frozen=True)
class ExternalLibrary:
    """A library that is neither in the wheel nor promised by the system."""

    name: str
    needed_by: tuple[str, ...]
    is_optional: bool = False
    """Without it the files load all the same: weak and delayed libraries."""

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "needed_by": list(self.needed_by),
            "optional": self.is_optional,
        }


@dataclass(frozen=True)
class PlatformReport:
    """Which platform tags the binaries of a wheel allow, and why."""

    system: System
    """Empty if there are no binaries."""
    architectures: tuple[str, ...]
    """As platform tags spell them."""
    platforms: tuple[str, ...]
    """The best platform tags, with old names, sorted; `any` without binaries."""
    reasons: tuple[str, ...] = ()
    """Why there is no portable tag; empty if there is one."""
    libc: str = ""
    """On Linux `glibc` or `musl`; empty for files that need neither."""
    ladder: tuple[Rung, ...] = ()
    """The policies, oldest systems first; musl's after those of glibc."""
    external: tuple[ExternalLibrary, ...] = ()
    own: tuple[str, ...] = ()
    """The libraries in the wheel that its other binaries need, by path."""
    minimum_os: tuple[tuple[str, str], ...] = ()
    """On Apple's systems and Android: architecture and oldest version."""
    imports: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """On macOS and Windows: needed library, its class, and who needs it."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_portable(self) -> bool:
        """Return whether there is a tag that promises something."""
        return not self.reasons

    @property
    def limits(self) -> tuple[Obstacle, ...]:
        """Return what keeps the wheel from the policy below the best one."""
        below: tuple[Obstacle, ...] = ()
        for rung in self.ladder:
            if rung.is_met:
                return below
            below = rung.obstacles
        return below

    def to_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "system": self.system,
            "architectures": list(self.architectures),
            "platforms": list(self.platforms),
            "portable": self.is_portable,
            "reasons": list(self.reasons),
            "libc": self.libc,
            "ladder": [rung.to_json() for rung in self.ladder],
            "external": [library.to_json() for library in self.external],
            "own": list(self.own),
            "minimum_os": dict(self.minimum_os),
            "imports": [
                {"name": name, "class": group, "needed_by": list(users)}
                for name, group, users in self.imports
            ],
            "findings": [finding.to_json() for finding in self.findings],
        }
