"""How a program is linked to a static Python: everything that is decided, as data.

The archive comes directly on the linker's command line, behind the program's own
code, and PyO3 is told to add nothing. So no copy of it goes into PyO3's library,
a table of built-in modules can come before it, and every linker sees the index
that the archive's own tools made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.model import Flag
from ferrule.bundle.rust_sources import rust_file
from ferrule.bundle.static.archive import ArchiveFacts, examine_archive, open_members
from ferrule.bundle.static.builtins import (
    TABLE,
    Builtin,
    choose_builtins,
    inittab_source,
    read_inittab,
)
from ferrule.bundle.static.libraries import (
    Libraries,
    StaticPolicy,
    choose_libraries,
    package,
)
from ferrule.bundle.static.linkers import Linking, RustLinker, choose_linker
from ferrule.bundle.static.symbols import MemberSymbols, take_members
from ferrule.bundle.static.system_libraries import library_folders, read_wanted
from ferrule.errors.static_link import (
    ArchiveMachineError,
    MissingSymbolsError,
    UnknownBuiltinError,
)
from ferrule.formats.archive import read_archive

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["EXPORTS", "LinkPlan", "StaticWish", "pic_sibling", "plan_link"]

EXPORTS: Final = rust_file("exports.list")
"""The symbols that extension modules find in the program: Python's, and none of
the libraries that are linked in beside it."""

START: Final = "Py_InitializeEx"
_MACHINES: Final = {
    "x86_64": 62,
    "i386": 3,
    "i586": 3,
    "i686": 3,
    "aarch64": 183,
    "arm": 40,
    "armv7": 40,
    "powerpc64": 21,
    "powerpc64le": 21,
    "s390x": 22,
    "riscv64gc": 243,
    "loongarch64": 258,
}
_NAMES: Final = {
    62: "x86-64",
    3: "32-bit x86",
    183: "AArch64",
    40: "32-bit Arm",
    21: "64-bit PowerPC",
    22: "s390x",
    243: "RISC-V",
    258: "LoongArch",
}
_DEBIAN_FOLDERS: Final = {
    "i386": "i386",
    "i586": "i386",
    "i686": "i386",
    "armv7": "arm",
    "powerpc64le": "powerpc64le",
    "riscv64gc": "riscv64",
}


@dataclass(frozen=True)
class StaticWish:
    """What was asked for, beside a static Python."""

    builtins: str = "all"
    static_libraries: StaticPolicy = "auto"
    linker: str = "auto"


@dataclass(frozen=True)
class LinkPlan:
    """How one program is linked to one libpython.a."""

    archive: Path
    facts: ArchiveFacts
    linking: Linking
    is_fixed: bool
    """Whether the program lies at a fixed address (`relocation-model=static`)."""
    libraries: Libraries
    folders: tuple[Path, ...]
    """Folders of shared libraries that linkers do not know by themselves."""
    builtins: tuple[Builtin, ...] = ()
    """The modules of a table of the program's own; none if it is Python's."""
    left_out: tuple[str, ...] = ()
    """Built-in modules that are not in it."""
    pulled: tuple[str, ...] = ()
    """Symbols that are linked so that modules of others find them."""
    ignored: tuple[tuple[str, str], ...] = ()
    """Words of sysconfig that are not handed on, and why."""
    notes: tuple[str, ...] = field(default=())

    @property
    def table_source(self) -> str:
        """Return the Rust text of the table of built-in modules; empty without."""
        return inittab_source(self.builtins) if self.builtins else ""

    def flags(self) -> tuple[Flag, ...]:
        """Return the arguments for rustc, in their order, each with its reason."""
        flags = [*self.linking.flags]
        if self.is_fixed:
            flags.append(
                Flag(
                    ("-C", "relocation-model=static"),
                    f"{self.archive.name} has objects that only fit a program at a "
                    f"fixed address: {', '.join(self.facts.fixed[:3])}",
                )
            )
        flags.append(
            Flag.link(
                f"-Wl,--dynamic-list={EXPORTS}",
                "extension modules find Python's symbols in the program, and no "
                "others of the libraries in it",
            )
        )
        flags += [
            Flag.link(
                f"-Wl,-u,{symbol}",
                "a part of Python's interface that Python itself does not use, but "
                "modules may",
            )
            for symbol in self.pulled
        ]
        return (*flags, *self._library_flags())

    def _library_flags(self) -> list[Flag]:
        static = [item for item in self.libraries.chosen if item.is_static]
        shared = [item for item in self.libraries.chosen if not item.is_static]
        flags = [Flag.link(str(self.archive), "Python itself")]
        flags += [
            Flag.link(str(item.path), f"{item.wanted.name}: {item.reason}")
            for item in static
        ]
        if static:
            reason = "these archives may need each other, in any order"
            flags = [
                Flag.link("-Wl,--start-group", reason),
                *flags,
                Flag.link("-Wl,--end-group", reason),
            ]
        flags.append(
            Flag.link(
                "-Wl,--as-needed",
                "libraries of which nothing is used do not become requirements",
            )
        )
        flags += [
            Flag.link(f"-L{folder}", "in LIBS of this Python")
            for folder in self.folders
        ]
        flags += [Flag.link(item.wanted.word, item.reason) for item in shared]
        flags.append(
            Flag.link(
                "-lc",
                "once more behind Python: GNU ld and gold search archives in order",
            )
        )
        return flags


def plan_link(
    archive: Path,
    variables: Mapping[str, str],
    target: Triple,
    rust: RustLinker,
    wish: StaticWish | None = None,
    *,
    sysroot: str = "",
) -> LinkPlan:
    """Return how a program is linked to a libpython.a.

    `variables` are those of its sysconfig. Nothing is run, and only archives and
    libraries are read. Raises the errors of `errors.static_link`, `ReadError` and
    `BrokenBinaryError`s.
    """
    wish = wish or StaticWish()
    archive, facts, is_fixed = _fitting_archive(archive)
    machine = _check_machine(facts, target)
    linking = choose_linker(facts, rust, wish.linker)
    is_readable = not facts.codes & {"gcc-slim", "llvm"}
    known = read_inittab(open_members(archive, read_archive(archive)))
    chosen = _wished_builtins(wish.builtins, known)
    is_whole = chosen == known
    wanted, given, ignored = read_wanted(variables)
    folders = library_folders(given, _debian_folder(target), sysroot)
    roots = [START, *(item.function for item in chosen if item.function)]
    libraries = choose_libraries(
        archive,
        wanted,
        folders,
        machine=machine,
        policy=wish.static_libraries,
        roots=roots,
        dropped=[item.function for item in known if item not in chosen],
        defined=frozenset() if is_whole else frozenset((TABLE,)),
        allows_fixed=is_fixed,
        is_readable=is_readable,
    )
    _check_complete(archive, libraries, chosen, folders)
    shared = {
        item.path.parent
        for item in libraries.chosen
        if item.path is not None and not item.is_static
    }
    return LinkPlan(
        archive,
        facts,
        linking,
        is_fixed,
        libraries,
        tuple(folder for folder in given if folder in shared),
        builtins=() if is_whole else chosen,
        left_out=tuple(item.name for item in known if item not in chosen),
        pulled=libraries.interface,
        ignored=(*ignored, *libraries.unused),
    )


def pic_sibling(archive: Path) -> Path:
    """Return where Debian keeps the position-independent form of an archive."""
    real = archive.resolve()
    return real.with_name(f"{real.stem}-pic.a")


def _fitting_archive(archive: Path) -> tuple[Path, ArchiveFacts, bool]:
    """Return the archive to take, and whether the program is at a fixed address."""
    facts = examine_archive(archive)
    if not facts.fixed:
        return archive, facts, False
    sibling = pic_sibling(archive)
    if sibling.is_file():
        other = examine_archive(sibling)
        if not other.fixed:
            return sibling, other, False
    return archive, facts, True


def _check_machine(facts: ArchiveFacts, target: Triple) -> int:
    machine = _MACHINES.get(target.architecture, 0)
    others = [item for item in facts.machines if item != machine]
    if machine and others:
        theirs = " and ".join(_NAMES.get(item, f"machine {item}") for item in others)
        raise ArchiveMachineError(str(facts.path), theirs, target.text)
    return machine


def _debian_folder(target: Triple) -> str:
    architecture = _DEBIAN_FOLDERS.get(target.architecture, target.architecture)
    return f"{architecture}-linux-{target.environment}" if target.environment else ""


def _wished_builtins(wish: str, known: tuple[Builtin, ...]) -> tuple[Builtin, ...]:
    if not known:
        # Intermediate code: the table cannot be read, and stays as it is.
        if wish in ("", "all"):
            return ()
        raise UnknownBuiltinError(wish, ())
    return choose_builtins(wish, known)


def _check_complete(
    archive: Path,
    libraries: Libraries,
    builtins: Sequence[Builtin],
    folders: Sequence[Path],
) -> None:
    """Raise `MissingSymbolsError` if the link would fail."""
    taken = libraries.taken
    if taken is None or not taken.open:
        return
    modules = _wanting_modules(libraries, builtins, frozenset(taken.open))
    explained = {symbol for symbols in modules.values() for symbol in symbols}
    for symbol, member in taken.open.items():
        if symbol not in explained:
            name = member.name if member is not None else archive.name
            modules.setdefault(name, []).append(symbol)
    packages = {package(item.name) for item in libraries.missing}
    raise MissingSymbolsError(
        str(archive),
        [item.word for item in libraries.missing],
        modules,
        sorted(name for name in packages if name),
        [str(folder) for folder in folders],
    )


def _wanting_modules(
    libraries: Libraries, builtins: Sequence[Builtin], open_symbols: frozenset[str]
) -> dict[str, list[str]]:
    """Return the built-in modules that open symbols are for."""
    found: dict[str, list[str]] = {}
    for item in builtins:
        if not item.function:
            continue
        alone = take_members(
            [item.function], [libraries.members], defined=frozenset((TABLE, START))
        )
        wanted = _own_open(alone.members, item, builtins, open_symbols)
        if wanted:
            found[item.name] = wanted
    return found


def _own_open(
    members: Sequence[MemberSymbols],
    item: Builtin,
    builtins: Sequence[Builtin],
    open_symbols: frozenset[str],
) -> list[str]:
    """Return the open symbols of a module's own objects.

    Those are its first object and the ones that it alone makes use of; what the
    interpreter wants is never open, so every open symbol belongs to a module.
    """
    others = {one.function for one in builtins if one.function and one is not item}
    own = [member for member in members if not member.defined & others]
    return sorted({name for member in own for name in member.wanted & open_symbols})
