"""Which members of static libraries a linker takes, and which symbols stay open.

It is the linker's own rule: a member is taken when it defines a symbol that is
still open, and then its own open symbols count too. So it is known before cargo
runs whether the libraries suffice, and which of them are needed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.static.archive import open_members
from ferrule.formats.archive import read_archive
from ferrule.formats.elf_object import read_object

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = ["MemberSymbols", "Taken", "member_symbols", "take_members"]


@dataclass(frozen=True)
class MemberSymbols:
    """The global symbols of one member."""

    archive: Path
    name: str
    defined: frozenset[str]
    wanted: frozenset[str]
    """Symbols that others must define; weak ones may stay open."""


@dataclass(frozen=True)
class Taken:
    """What a linker takes."""

    members: tuple[MemberSymbols, ...]
    """In the order in which they are found to be needed."""
    open: Mapping[str, MemberSymbols | None] = field(default_factory=dict)
    """Symbols that nothing defines, with the first member that wants them."""
    libraries: frozenset[str] = frozenset()
    """The shared libraries that symbols are taken from."""


def member_symbols(path: Path) -> tuple[MemberSymbols, ...]:
    """Return the symbols of each ELF object in a static library.

    Raises `ReadError`, `BrokenArchiveError`, `BrokenElfError` and
    `ThinMemberError`.
    """
    found = []
    for name, content in open_members(path, read_archive(path)):
        if bytes(content[:4]) != b"\x7fELF":
            continue
        defined, wanted = set(), set()
        for symbol in read_object(content, name).symbols():
            if symbol.section:
                defined.add(symbol.name)
            elif not symbol.is_weak:
                wanted.add(symbol.name)
        found.append(
            MemberSymbols(path, name, frozenset(defined), frozenset(wanted - defined))
        )
    return tuple(found)


def take_members(
    roots: Iterable[str],
    archives: Sequence[Sequence[MemberSymbols]],
    shared: Mapping[str, AbstractSet[str]] | None = None,
    *,
    defined: AbstractSet[str] = frozenset(),
) -> Taken:
    """Return what a linker takes of archives, when it begins with some symbols.

    `shared` are the symbols of shared libraries by name, and `defined` those of
    objects that are linked in any case. Archives come in their order; the first
    definition counts.
    """
    providers: dict[str, MemberSymbols] = {}
    for members in archives:
        for member in members:
            for symbol in member.defined:
                providers.setdefault(symbol, member)
    of_library: dict[str, str] = {}
    for name, symbols in (shared or {}).items():
        for symbol in symbols:
            of_library.setdefault(symbol, name)
    taken: dict[int, MemberSymbols] = {}
    missing: dict[str, MemberSymbols | None] = {}
    libraries: set[str] = set()
    done = set(defined)
    queue: list[tuple[str, MemberSymbols | None]] = [(root, None) for root in roots]
    while queue:
        symbol, origin = queue.pop()
        if symbol in done:
            continue
        done.add(symbol)
        found = providers.get(symbol)
        if found is None:
            if symbol in of_library:
                libraries.add(of_library[symbol])
            else:
                missing[symbol] = origin
        elif id(found) not in taken:
            taken[id(found)] = found
            queue += [(wanted, found) for wanted in sorted(found.wanted)]
    ordered = {name: missing[name] for name in sorted(missing)}
    return Taken(tuple(taken.values()), ordered, frozenset(libraries))
