"""What the closures of all systems do in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors.bundle import BundleLibrariesError
from ferrule.wheel.reading import is_library_name

if TYPE_CHECKING:
    from ferrule.bundle.model import BundleFile
    from ferrule.repair.closure import Any_Image, Closure, Library

__all__ = [
    "Closed",
    "binary_sources",
    "check_vital",
    "may_be_unix_binary",
    "needed_by",
    "placed",
    "placed_chain",
]

_START_BYTES = 8


@dataclass(frozen=True)
class Closed:
    """The files of a bundle that needs nothing more."""

    files: tuple[BundleFile, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    oldest_system: str = ""
    """The oldest one on which all of it loads: `glibc 2.28`, `macOS 11.0`."""


def binary_sources(
    files: Sequence[BundleFile],
    may_be: Callable[[BundleFile], bool],
    is_binary: Callable[[bytes], bool],
) -> dict[str, Path]:
    """Return the files that are binaries of one format, by their paths.

    `may_be` chooses files by what is known of them, `is_binary` by how they begin.
    """
    return {
        item.path: item.content
        for item in files
        if isinstance(item.content, Path)
        and may_be(item)
        and is_binary(_start(item.content))
    }


def may_be_unix_binary(item: BundleFile) -> bool:
    """Tell whether a file is run or loaded, by its mode and its name."""
    return item.executable or is_library_name(item.path)


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_START_BYTES)


def placed(
    library: Library[Any_Image], sources: Mapping[str, Path]
) -> Library[Any_Image]:
    """Return a file of the bundle as it lies where it will be copied from."""
    if library.source is not None or library.path not in sources:
        return library
    return replace(library, source=sources[library.path])


def placed_chain(
    library: Library[Any_Image], sources: Mapping[str, Path]
) -> Library[Any_Image]:
    """Return `placed` of a file and of all that led to it."""
    chain = tuple(placed(item, sources) for item in library.chain)
    return replace(placed(library, sources), chain=chain)


def check_vital(closure: Closure[Any_Image], files: Sequence[BundleFile]) -> None:
    """Raise `BundleLibrariesError` for what program and Python cannot start without."""
    vital = {item.path for item in files if item.part in ("program", "python")}
    outside = {
        item.asked
        for item in closure.outside
        if any(user.path in vital for user in item.chain)
    }
    missing = [
        (name, users, tried)
        for name, (users, tried) in sorted(closure.missing.items())
        if vital.intersection(users) or outside.intersection(users)
    ]
    if missing:
        raise BundleLibrariesError(missing)


def needed_by(closure: Closure[Any_Image], library: Library[Any_Image]) -> str:
    """Return the reason why a library joins: who needs it."""
    users = closure.users(library)
    return f"{users[0]} needs it" + f", and {len(users) - 1} more" * (len(users) > 1)
