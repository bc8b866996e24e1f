"""Which system libraries a static program is linked to, and in which way.

The linker's rule is followed before the linker runs (`symbols.take_members`), so
that only what is used is named, that an archive which would need more than there
is gives way to its shared form, and that what is missing is told as modules and
packages instead of as symbols.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ferrule.bundle.static.archive import examine_archive
from ferrule.bundle.static.symbols import (
    MemberSymbols,
    Taken,
    member_symbols,
    take_members,
)
from ferrule.bundle.static.system_libraries import (
    Found,
    Wanted,
    find_library,
    shared_symbols,
)
from ferrule.errors import FerruleError
from ferrule.errors.static_link import StaticLibrariesError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = ["ChosenLibrary", "Libraries", "StaticPolicy", "choose_libraries", "package"]

StaticPolicy = Literal["auto", "never", "require"]

PACKAGES: Final[Mapping[str, str]] = {
    "bz2": "libbz2-dev",
    "crypt": "libcrypt-dev",
    "crypto": "libssl-dev",
    "curses": "libncurses-dev",
    "db": "libdb-dev",
    "edit": "libedit-dev",
    "expat": "libexpat1-dev",
    "ffi": "libffi-dev",
    "gdbm": "libgdbm-dev",
    "gdbm_compat": "libgdbm-compat-dev",
    "lzma": "liblzma-dev",
    "mpdec": "libmpdec-dev",
    "ncurses": "libncurses-dev",
    "ncursesw": "libncurses-dev",
    "nsl": "libnsl-dev",
    "panel": "libncurses-dev",
    "panelw": "libncurses-dev",
    "readline": "libreadline-dev",
    "sqlite3": "libsqlite3-dev",
    "ssl": "libssl-dev",
    "tcl8.6": "tcl8.6-dev",
    "tinfo": "libncurses-dev",
    "tirpc": "libtirpc-dev",
    "tk8.6": "tk8.6-dev",
    "uuid": "uuid-dev",
    "X11": "libx11-dev",
    "Xau": "libxau-dev",
    "xcb": "libxcb1-dev",
    "z": "zlib1g-dev",
    "zstd": "libzstd-dev",
}
"""Debian's packages of the libraries that CPython's modules use."""

_IMPLIED: Final = ("m", "pthread", "dl", "util", "rt")
"""Parts of the C library that old ones keep apart."""
_C_LIBRARY: Final = "the C library"
_OF_LINKER: Final = re.compile(
    # The linker and the files that begin and end every program.
    r"_DYNAMIC|_GLOBAL_OFFSET_TABLE_|_end|_etext|_edata|_init|_fini|main|\.TOC\."
    r"|__(?:start|stop|init_array|fini_array|preinit_array|rela?_iplt|exidx)_\w+"
    r"|__(?:ehdr_start|executable_start|bss_start|etext|edata|end|data_start)_*"
    r"|__(?:dso_handle|TMC_END__|tls_get_addr|global_pointer\$|stack_chk_guard)"
    # Parts of functions that the linker makes for PowerPC.
    r"|_(?:save|rest)[gfv]p?r\w*"
)
"""Symbols that no library has, and that are there nevertheless."""


@dataclass(frozen=True)
class ChosenLibrary:
    """One library and how it is linked."""

    wanted: Wanted
    path: Path | None
    """The archive, or the folder's file of a shared library; None where the
    linker is left to find it."""
    is_static: bool
    reason: str


@dataclass(frozen=True)
class Libraries:
    """What is linked beside libpython.a."""

    chosen: tuple[ChosenLibrary, ...]
    unused: tuple[tuple[str, str], ...]
    """Libraries that are not linked, and why."""
    missing: tuple[Wanted, ...] = ()
    """Libraries that are nowhere."""
    taken: Taken | None = None
    """What the linker takes; None where it cannot be foretold."""
    members: tuple[MemberSymbols, ...] = field(default=(), repr=False)
    """The members of libpython.a."""
    interface: tuple[str, ...] = ()
    """One symbol of each object of Python that would be left out, although
    extension modules may use it."""


@dataclass
class _Candidate:
    wanted: Wanted
    found: Found
    is_static: bool
    reason: str


def package(name: str) -> str:
    """Return Debian's package of a library; empty if it is not known."""
    return PACKAGES.get(name, "")


def choose_libraries(  # noqa: PLR0913 - what is known about a machine
    archive: Path,
    wanted: Sequence[Wanted],
    folders: Sequence[Path],
    *,
    machine: int,
    policy: StaticPolicy,
    roots: Sequence[str],
    dropped: Sequence[str] = (),
    defined: AbstractSet[str] = frozenset(),
    allows_fixed: bool = False,
    is_readable: bool = True,
) -> Libraries:
    """Return the libraries that an archive is linked with.

    `roots` are the symbols that linking begins with, `dropped` those of modules
    that are left out, `defined` those that come from elsewhere. Objects at fixed
    addresses are only taken if the program is one. Where the archive holds no
    machine code, nothing can be foretold and all libraries are named. Raises
    `StaticLibrariesError`, and `ReadError` and `BrokenBinaryError`s for the archive
    itself.
    """
    candidates, missing = _find_all(wanted, folders, machine, policy, allows_fixed)
    if not is_readable:
        chosen = tuple(_chosen(item) for item in candidates)
        return Libraries(chosen, (), missing)
    world = _World(archive, folders, machine)
    if not world.knows_c_library:
        chosen = tuple(_chosen(item) for item in candidates)
        return Libraries(chosen, (), missing, None, world.members)
    while True:
        taken = world.take(candidates, roots, defined)
        switched = _give_way(candidates, taken, world.archives, policy)
        if not switched:
            break
    used, unused = [], []
    for item in candidates:
        if world.uses(item, taken):
            used.append(_chosen(item))
        elif item.wanted.origin != _C_LIBRARY:
            unused.append((item.wanted.word, "nothing in the program uses it"))
    return Libraries(
        tuple(used),
        tuple(unused),
        missing,
        taken,
        world.members,
        _interface(world, candidates, taken, (roots, dropped), defined),
    )


def _interface(
    world: _World,
    candidates: Sequence[_Candidate],
    taken: Taken,
    symbols_of: tuple[Sequence[str], Sequence[str]],
    defined: AbstractSet[str],
) -> tuple[str, ...]:
    """Return one symbol of each object that only extension modules may use."""
    roots, dropped = symbols_of
    # What only a module needs that is left out is left out with it.
    with_dropped = world.take(candidates, [*roots, *dropped], defined)
    present = {id(member) for member in with_dropped.members}
    names = {symbol for member in taken.members for symbol in member.defined}
    symbols = []
    for member in world.members:
        offered = sorted(
            name
            for name in member.defined
            if name.startswith(("Py", "_Py")) and not name.startswith("PyInit_")
        )
        if id(member) in present or not offered:
            continue
        if member.defined & (names | defined):
            continue
        more = world.take(candidates, [*roots, offered[0]], defined)
        if len(more.open) == len(taken.open):
            symbols.append(offered[0])
    return tuple(symbols)


def _find_all(
    wanted: Sequence[Wanted],
    folders: Sequence[Path],
    machine: int,
    policy: StaticPolicy,
    allows_fixed: bool,  # noqa: FBT001 - handed on
) -> tuple[list[_Candidate], tuple[Wanted, ...]]:
    candidates: list[_Candidate] = []
    missing: list[Wanted] = []
    problems: dict[str, str] = {}
    names = {item.name for item in wanted}
    implied = [Wanted(name, _C_LIBRARY) for name in _IMPLIED if name not in names]
    for item in (*wanted, *implied):
        if item.is_framework:
            candidates.append(_Candidate(item, Found(), False, f"in {item.origin}"))
            continue
        found = find_library(item, folders, machine)
        reason = _why_shared(item, found, policy, allows_fixed)
        if found.archive is None and found.shared is None:
            if item.origin != _C_LIBRARY:
                missing.append(item)
            continue
        if reason and policy == "require" and not item.is_of_c_library:
            problems[item.word] = reason
        is_static = not reason or found.shared is None
        text = f"in {item.origin}; {reason or 'its code becomes part of the program'}"
        candidates.append(_Candidate(item, found, is_static, text))
    if problems:
        raise StaticLibrariesError(problems, _packages(problems))
    return candidates, tuple(missing)


def _packages(words: Mapping[str, str]) -> list[str]:
    names = {package(word[2:]) for word in words}
    return sorted(name for name in names if name)


def _why_shared(
    wanted: Wanted,
    found: Found,
    policy: StaticPolicy,
    allows_fixed: bool,  # noqa: FBT001 - handed on
) -> str:
    """Return why a library is not linked statically; empty if it is."""
    if wanted.is_of_c_library:
        return "it belongs to the C library of the machine that runs the program"
    if policy == "never":
        return "--static-libs never"
    if found.archive is None:
        return "there is no archive of it"
    return _unfit(found.archive, allows_fixed)


def _unfit(archive: Path, allows_fixed: bool) -> str:  # noqa: FBT001
    try:
        facts = examine_archive(archive)
    except FerruleError:
        return f"{archive} is no whole archive of objects"
    if facts.codes & {"gcc-slim", "llvm"}:
        return f"{archive} has no machine code"
    if facts.fixed and not allows_fixed:
        return f"{archive} is not position-independent"
    return ""


def _chosen(item: _Candidate) -> ChosenLibrary:
    path = item.found.archive if item.is_static else item.found.shared
    return ChosenLibrary(item.wanted, path, item.is_static, item.reason)


class _World:
    """The symbols of libpython.a, the C library and the candidates."""

    def __init__(self, archive: Path, folders: Sequence[Path], machine: int) -> None:
        self.members = member_symbols(archive)
        self.folders, self.machine = folders, machine
        self.archives: dict[Path, tuple[MemberSymbols, ...]] = {}
        self._shared: dict[Path, AbstractSet[str]] = {}
        self._base_shared: dict[str, AbstractSet[str]] = {}
        self._base: list[tuple[MemberSymbols, ...]] = []
        self.knows_c_library = self.knows_compiler = False
        for name in ("c", "gcc_s", "gcc"):
            self._add_base(name)

    def _add_base(self, name: str) -> None:
        found = find_library(Wanted(name, ""), self.folders, self.machine)
        path = found.shared or found.archive
        if path is None:
            return
        if path == found.archive:
            self._base.append(member_symbols(path))
            self.knows_compiler = self.knows_compiler or name == "gcc"
            return
        symbols, archives = shared_symbols(path, self.folders, self.machine)
        self._base_shared[name] = symbols
        self._base += [member_symbols(item) for item in archives]
        self.knows_c_library = self.knows_c_library or (name == "c" and bool(symbols))

    def take(
        self,
        candidates: Sequence[_Candidate],
        roots: Sequence[str],
        defined: AbstractSet[str],
    ) -> Taken:
        """Return what the linker takes with these libraries."""
        archives = [self.members]
        shared: dict[str, AbstractSet[str]] = {}
        for item in candidates:
            path = item.found.archive if item.is_static else item.found.shared
            if path is None:
                continue
            if item.is_static:
                archives.append(self._members_of(path))
            else:
                shared[item.wanted.word] = self._symbols_of(path)
        shared.update(self._base_shared)
        taken = take_members(roots, [*archives, *self._base], shared, defined=defined)
        left = {
            name: member
            for name, member in taken.open.items()
            if not _OF_LINKER.fullmatch(name)
            # Without libgcc.a it is not known which functions the compiler has.
            and (self.knows_compiler or not name.startswith("__"))
        }
        return Taken(taken.members, left, taken.libraries)

    def _members_of(self, path: Path) -> tuple[MemberSymbols, ...]:
        if path not in self.archives:
            self.archives[path] = member_symbols(path)
        return self.archives[path]

    def _symbols_of(self, path: Path) -> AbstractSet[str]:
        if path not in self._shared:
            symbols, _ = shared_symbols(path, self.folders, self.machine)
            self._shared[path] = symbols
        return self._shared[path]

    def uses(self, item: _Candidate, taken: Taken) -> bool:
        """Return whether anything is taken from a library."""
        if item.wanted.is_framework:
            return True
        if not item.is_static:
            return item.wanted.word in taken.libraries
        return any(member.archive == item.found.archive for member in taken.members)


def _give_way(
    candidates: Sequence[_Candidate],
    taken: Taken,
    archives: Mapping[Path, object],
    policy: StaticPolicy,
) -> bool:
    """Make libraries shared whose archives need more than there is."""
    wanting: dict[Path, list[str]] = {}
    for symbol, member in taken.open.items():
        if member is not None and member.archive in archives:
            wanting.setdefault(member.archive, []).append(symbol)
    problems: dict[str, str] = {}
    has_changed = False
    for item in candidates:
        symbols = wanting.get(item.found.archive) if item.found.archive else None
        if not item.is_static or not symbols:
            continue
        reason = f"its archive needs {symbols[0]}, which no library here has"
        if policy == "require":
            problems[item.wanted.word] = reason
        elif item.found.shared is not None:
            item.is_static, has_changed = False, True
            item.reason = f"in {item.wanted.origin}; shared: {reason}"
    if problems:
        raise StaticLibrariesError(problems, _packages(problems))
    return has_changed
