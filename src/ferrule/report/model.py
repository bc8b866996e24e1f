"""What `ferrule inspect` knows of a wheel, as plain data.

`Inspection.to_json` is the published form: its keys are the fields below, and
`schema` grows when one changes its meaning or goes. New fields may come at any
time.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding

__all__ = [
    "SCHEMA",
    "Binary",
    "Bom",
    "CrateShare",
    "Header",
    "Inspection",
    "Library",
    "LibraryGroup",
    "Metadata",
    "Obstacle",
    "RecordReport",
    "Reproducibility",
    "Rung",
    "Section",
    "SizeNode",
    "SliceFacts",
    "StableAbi",
    "Verdict",
]

SCHEMA = 1

LibraryGroup = Literal["system", "runtime", "python", "grafted", "external"]
"""`system`: the platform promises it. `runtime`: it belongs to the C or C++ runtime
of Windows, which not every machine has. `python`: the interpreter brings it.
`grafted`: it is in this wheel. `external`: users must have it already."""


@dataclass(frozen=True)
class Header:
    """The wheel as a file."""

    filename: str
    name: str
    version: str
    build: str
    """The build tag; empty as a rule."""
    tags: tuple[str, ...]
    """Every simple tag that the file name stands for."""
    generator: str
    is_purelib: bool
    size: int
    """Bytes of the file."""
    unpacked: int
    """Bytes of all members."""
    members: int
    sha256: str

    @property
    def ratio(self) -> float:
        """Return the file's size as a share of what it holds."""
        return self.size / self.unpacked if self.unpacked else 1.0


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps the binaries from a platform tag."""

    brief: str
    """In a word or two, for example `GLIBC_2.28`."""
    text: str
    """In a sentence."""
    path: str = ""
    """The binary; empty if it is several."""
    library: str = ""
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rung:
    """One platform tag, and what keeps the wheel from it."""

    tag: str
    """For example `manylinux_2_17_x86_64`."""
    aliases: tuple[str, ...]
    is_met: bool
    is_claimed: bool
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether the platform tag says what is true."""

    state: Literal["right", "too wide", "could be wider"]
    """`too wide`: the tag promises systems on which the wheel does not work."""
    summary: str
    claimed: tuple[str, ...]
    """Platform tags of the file name."""
    computed: tuple[str, ...]
    """Platform tags that the binaries allow."""
    reasons: tuple[str, ...]
    """What decides the computed tag, one sentence each."""
    ladder: tuple[Rung, ...]
    """All tags of this kind, those of the oldest systems first."""


@dataclass(frozen=True)
class Library:
    """A library that a binary needs."""

    name: str
    group: LibraryGroup
    versions: tuple[str, ...]
    """Symbol versions that are asked of it; only ELF has them."""
    symbols: int
    """How many symbols are known to be used of it; 0 where that is not told."""


@dataclass(frozen=True)
class Section:
    """A part of a binary and its size in the file."""

    name: str
    size: int


@dataclass(frozen=True)
class CrateShare:
    """How many bytes of machine code come from one crate."""

    crate: str
    """Empty for code that is not Rust's, and for what has no name."""
    size: int


@dataclass(frozen=True)
class SliceFacts:
    """One architecture of a binary; most files have one."""

    arch: str
    minimum_os: str
    """For example `macos 11.0`; empty where the format does not say it."""
    signature: str
    """`ad hoc`, `certificate`, `broken`; empty without one."""


@dataclass(frozen=True)
class Binary:
    """One library, extension module or program."""

    path: str
    format: Literal["elf", "macho", "pe"]
    slices: tuple[SliceFacts, ...]
    size: int
    compressed: int
    python_abi: str
    """Of an extension module by its name and symbols, for example `abi3`, `cp312`;
    empty for other files."""
    inits: tuple[str, ...]
    """Functions that make modules: `PyInit_*`, `PyModExport_*`."""
    libraries: tuple[Library, ...]
    rpaths: tuple[str, ...]
    has_symbol_table: bool
    debug: int
    """Bytes of debug information."""
    build_id: str
    hardening: tuple[tuple[str, str], ...]
    """Properties with their values, for example (`RELRO`, `full`)."""
    sections: tuple[Section, ...]
    """The largest first."""
    crates: tuple[CrateShare, ...]
    """The largest first; empty for stripped files."""
    python_symbols: tuple[str, ...]
    """Functions and data of Python that it uses, sorted."""


@dataclass(frozen=True)
class StableAbi:
    """What an extension module uses of Python, judged against its tag."""

    path: str
    claimed: str
    """For example `3.9` for a wheel tagged `cp39-abi3`; empty without that promise."""
    needed: str
    """The oldest Python that has everything used; empty if it is not the stable
    ABI."""
    symbols: tuple[tuple[str, str], ...]
    """Name and the version since which it is part of the stable ABI, empty if it is
    not."""


@dataclass(frozen=True)
class Metadata:
    """What METADATA and its neighbours say."""

    version: str
    """`Metadata-Version`."""
    summary: str
    requires_python: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    license: str
    license_files: tuple[str, ...]
    entry_points: tuple[tuple[str, str, str], ...]
    """Group, name and target."""
    is_typed: bool
    stubs: int
    """Number of `.pyi` files."""
    fields: tuple[tuple[str, str], ...]
    """All headers in order, without the description."""


@dataclass(frozen=True)
class RecordReport:
    """Whether RECORD describes the members."""

    lines: int
    verified: int
    """Members whose hash was computed and is the one that RECORD states."""
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Bom:
    """A software bill of materials."""

    path: str
    format: str
    """For example `CycloneDX 1.5`; empty if it is of none that ferrule knows."""
    components: tuple[str, ...]
    """`name version`, sorted."""


@dataclass(frozen=True)
class SizeNode:
    """A folder, file, section or crate, with the bytes that it takes."""

    name: str
    kind: Literal["folder", "file", "section", "crate", "rest"]
    size: int
    compressed: int
    """Bytes in the archive; 0 for parts of files."""
    children: tuple[SizeNode, ...] = ()


@dataclass(frozen=True)
class Reproducibility:
    """What differs when somebody else builds the same sources."""

    times: str
    """The one date and time of all members, or the oldest and the newest."""
    has_one_time: bool
    is_sorted: bool
    leaked: tuple[tuple[str, tuple[str, ...]], ...]
    """Binaries, with the paths of the building machine that are in them."""


@dataclass(frozen=True)
class Inspection:
    """Everything about one wheel."""

    header: Header
    verdict: Verdict
    binaries: tuple[Binary, ...]
    stable_abi: tuple[StableAbi, ...]
    metadata: Metadata
    record: RecordReport
    boms: tuple[Bom, ...]
    sizes: SizeNode
    reproducibility: Reproducibility
    findings: tuple[Finding, ...] = ()
    """What the author should know: of the platform tag, the stable ABI and paths."""

    def to_json(self) -> dict[str, Any]:
        """Return the published form: lists and dictionaries."""
        found = [item.to_json() for item in self.findings]
        return {"schema": SCHEMA, **asdict(self), "findings": found}
