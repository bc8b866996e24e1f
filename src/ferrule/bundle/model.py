"""The nouns of a bundle: its files, the flags of its program, and their reasons."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ferrule.wheel.content import Content

__all__ = ["Bundle", "BundleFile", "Flag", "Mode", "Part"]

Mode = Literal["dynamic", "static", "onefile"]
Part = Literal["program", "python", "standard library", "package", "library", "notice"]


@dataclass(frozen=True)
class BundleFile:
    """One file of a bundle."""

    path: str
    """Where it lies below the bundle, with slashes."""
    content: Content
    """The file that it is a copy of, or its bytes."""
    part: Part
    reason: str
    """Why it is there, for `--explain`."""
    executable: bool = False
    owner: str = ""
    """The package or library that it belongs to, for notices and the SBOM."""
    origin: Path | None = None
    """For libraries: where it lay on this machine."""

    @property
    def folder(self) -> str:
        """Return the folder that it lies in; empty at the top."""
        return posixpath.dirname(self.path)


@dataclass(frozen=True)
class Flag:
    """One argument for rustc when it links the program."""

    words: tuple[str, ...]
    reason: str

    @classmethod
    def link(cls, argument: str, reason: str) -> Flag:
        """Return a flag that hands one argument to the linker's driver."""
        return cls(("-C", f"link-arg={argument}"), reason)

    def to_json(self) -> dict[str, Any]:
        """Return the flag as plain data for `--json`."""
        return {"arguments": list(self.words), "reason": self.reason}


@dataclass(frozen=True)
class Bundle:
    """A planned bundle: what will be written, and what was left out."""

    name: str
    """The name of the program."""
    mode: Mode
    files: tuple[BundleFile, ...]
    """Sorted by path."""
    flags: tuple[Flag, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    """What is not in it, and why."""
    modules: tuple[str, ...] = ()
    """The modules of its packages that a verification imports."""
    registered: tuple[str, ...] = ()
    """The modules of the program itself that its hook registers."""
    notes: tuple[str, ...] = ()
    c_library: str = ""
    """The oldest C library on which it runs, for example `glibc 2.28`."""
    links: tuple[tuple[str, str], ...] = field(default=())
    """Symbolic links: path and what it says."""

    def of(self, part: Part) -> tuple[BundleFile, ...]:
        """Return the files of one part."""
        return tuple(item for item in self.files if item.part == part)
