"""What keeps ELF files from one manylinux or musllinux policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.elf_closure import is_loader
from ferrule.audit.linux_files import is_musl_libc
from ferrule.audit.platform_report import Obstacle

if TYPE_CHECKING:
    from ferrule.audit.linux_files import LinuxFiles
    from ferrule.audit.policy import Policy
    from ferrule.formats.elf import ElfFile, VersionNeed

__all__ = ["is_libpython", "policy_obstacles"]

_SHOWN_SYMBOLS = 5


def policy_obstacles(files: LinuxFiles, policy: Policy) -> Iterator[Obstacle]:
    """Yield what the files need and the policy does not promise.

    Raises `BrokenElfError`.
    """
    missing = files.closure.missing
    for path, elf in files.files.items():
        libraries = missing.get(path, ())
        for library in libraries:
            yield from _library_obstacles(files, path, library, policy)
        for need in elf.version_needs:
            is_own = need.library in elf.needed and need.library not in libraries
            if not is_own and not is_loader(need.library):
                yield from _version_obstacles(path, elf, need, policy)
        for library in libraries:
            forbidden = policy.forbidden.get(library)
            used = sorted(forbidden & elf.undefined) if forbidden else ()
            if used:
                names = ", ".join(used)
                text = f"{path} uses private symbols of {library}: {names}"
                yield Obstacle(
                    "private-symbols", text, path, library, symbols=tuple(used)
                )


def is_libpython(library: str) -> bool:
    """Return whether a library is Python's."""
    return library.startswith("libpython")


def _library_obstacles(
    files: LinuxFiles, path: str, library: str, policy: Policy
) -> Iterator[Obstacle]:
    if is_libpython(library):
        text = f"{path} is linked to {library}"
        if files.files[path].interpreter:
            text += ", which no platform tag promises"
        else:
            text += (
                "; extension modules must find Python's symbols in the interpreter "
                "that loads them"
            )
        yield Obstacle("libpython", text, path, library)
        return
    is_musl = policy.name.startswith("musllinux")
    if library in policy.libraries or (is_musl and is_musl_libc(library, files.arch)):
        return
    text = f"{path} needs {library}, which {policy.name} does not promise"
    place = files.closure.hidden.get((path, library))
    if place:
        text += f"; the one in the wheel ({place}) is on no rpath of it"
    yield Obstacle("library", text, path, library)


def _version_obstacles(
    path: str, elf: ElfFile, need: VersionNeed, policy: Policy
) -> Iterator[Obstacle]:
    # musl has no symbol versions; other libraries were reported by name.
    if not policy.versions or need.library not in policy.libraries:
        return
    for version in need.versions:
        prefix, _, number = version.partition("_")
        if number in policy.versions.get(prefix, frozenset()):
            continue
        symbols = tuple(
            sorted(item.name for item in elf.imports if item.version == version)
        )
        shown = ", ".join(symbols[:_SHOWN_SYMBOLS])
        shown += ", ..." if len(symbols) > _SHOWN_SYMBOLS else ""
        text = (
            f"{path} needs {version} of {need.library}, which is newer than "
            f"{policy.name}" + (f" (symbols: {shown})" if shown else "")
        )
        yield Obstacle("version", text, path, need.library, version, symbols)
