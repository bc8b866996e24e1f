"""A generated package and the library that it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey

__all__ = ["BoundPackage", "library_file_name", "scratch_folder"]


@dataclass(frozen=True)
class BoundPackage:
    """The files of one package, by their names inside of it."""

    texts: Mapping[str, str]
    """The Python files."""
    library_name: str
    library: Path

    def members(self, folder: str) -> list[Member]:
        """Return the files as they lie below `folder` of a wheel."""
        members = [
            Member(f"{folder}/{name}", text.encode("utf-8"))
            for name, text in sorted(self.texts.items())
        ]
        path = f"{folder}/{self.library_name}"
        return [*members, Member(path, self.library, executable=True)]


def library_file_name(stem: str, built: Path) -> str:
    """Return the platform's file name of a library, seen from a built one.

    >>> library_file_name("core", Path("target/libdemo.so"))
    'libcore.so'
    >>> library_file_name("core", Path("target/demo.dll"))
    'core.dll'
    """
    prefix = "" if built.suffix == ".dll" else "lib"
    return f"{prefix}{stem}{built.suffix}"


def scratch_folder(key: CompileKey) -> Path:
    """Return a folder below the target directory for what one crate generates."""
    folder = key.target_directory / "ferrule" / "bindings" / key.crate.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
