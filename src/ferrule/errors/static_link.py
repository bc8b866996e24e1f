"""Errors about linking Python statically into a program.

All of them come before cargo runs: they tell what the linker would have failed
with, often in words that do not help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = [
    "ArchiveMachineError",
    "BitcodeLinkerError",
    "BitcodeReleaseError",
    "GccReleaseError",
    "MissingSymbolsError",
    "MixedCodeError",
    "NamedLinkerError",
    "NoStaticPythonError",
    "PluginLtoError",
    "StaticAutoInitializeError",
    "StaticConfigFileError",
    "StaticLibrariesError",
    "StaticLinkError",
    "StaticLoaderError",
    "ThinMemberError",
    "UnknownBuiltinError",
    "WishedLinkerError",
]

_GUIDE = "https://pyo3.rs/main/building-and-distribution.html"


class StaticLinkError(FerruleError):
    """Python cannot be linked statically here; nothing was compiled."""

    exit_code = 3
    url = f"{_GUIDE}#statically-embedding-the-python-interpreter"


class NoStaticPythonError(StaticLinkError):
    """A Python without libpython.a."""

    exit_code = 4

    def __init__(
        self,
        name: str,
        executable: str,
        looked_for: Sequence[str],
        remedy: str,
        *,
        has_shared: bool = True,
    ) -> None:
        """Take how one gets the archive, and whether there is a shared library."""
        other = "; or bundle its shared library: --mode dynamic" if has_shared else ""
        lacks = "libpython.a" if has_shared else "libpython, shared or static"
        super().__init__(
            f"{name} has no {lacks}, which a static program contains",
            why=[f"interpreter: {executable}", f"looked for: {', '.join(looked_for)}"],
            fix=f"{remedy}{other}",
        )


class StaticLoaderError(StaticLinkError):
    """A program without a dynamic loader."""

    def __init__(self, target: str, libc: str) -> None:
        super().__init__(
            f"a program for {target} that contains {libc} cannot load extension "
            "modules",
            why=[
                (
                    "its C library is linked statically (crt-static), and then dlopen "
                    "always fails: no module of the standard library that is a file, "
                    "and no wheel with a binary, could be imported"
                )
            ],
            fix='RUSTFLAGS="-C target-feature=-crt-static" links the C library '
            "dynamically; Python itself is still part of the program",
        )


class StaticAutoInitializeError(StaticLinkError):
    """PyO3's feature that its build script refuses with a static Python."""

    def __init__(self, version: str, crate: str, call: str) -> None:
        line = f'pyo3 = "{version}"'
        super().__init__(
            "PyO3's feature `auto-initialize` and a static Python exclude each other",
            why=[
                (
                    f"the feature is on for pyo3 {version} of `{crate}`, and PyO3's "
                    "build script stops with it when libpython is static"
                )
            ],
            fix=f"remove `auto-initialize` from the features of pyo3 in Cargo.toml "
            f"(`{line}`), and write `{call}` as the first statement of main(), after "
            "the append_to_inittab! lines",
        )
        self.call = call


class StaticConfigFileError(StaticLinkError):
    """A configuration of the user's own, which decides about libpython."""

    exit_code = 2

    def __init__(self, path: str) -> None:
        super().__init__(
            "PYO3_CONFIG_FILE decides how libpython is linked, and --mode static too",
            why=[f"PYO3_CONFIG_FILE={path}"],
            fix="unset PYO3_CONFIG_FILE, and name the Python with --python",
        )


class ThinMemberError(StaticLinkError):
    """A thin archive without the objects that it lists."""

    def __init__(self, archive: str, member: str) -> None:
        super().__init__(
            f"{archive} is a thin archive whose objects are not there",
            why=[f"missing: {member}"],
            fix="install Python with its whole libpython.a, not the one of its build "
            "folder; `ar rcT` makes thin archives",
        )
        self.archive = archive
        self.member = member


class ArchiveMachineError(StaticLinkError):
    """A libpython.a for another processor."""

    def __init__(self, archive: str, theirs: str, target: str) -> None:
        super().__init__(
            f"{archive} is not for {target}",
            why=[f"its objects are for {theirs}"],
            fix="choose a Python for the target with --python, or the target of that "
            "Python with --target",
        )


class MixedCodeError(StaticLinkError):
    """Intermediate code of two compilers, which no linker reads."""

    def __init__(self, archive: str) -> None:
        super().__init__(
            f"no linker can read {archive}",
            why=["it holds intermediate code of GCC and of LLVM, without machine code"],
            fix="use a Python that was built without --with-lto, or with one compiler",
        )


class BitcodeLinkerError(StaticLinkError):
    """LLVM bitcode and no lld."""

    def __init__(self, archive: str, producer: str, wish: str) -> None:
        wished = f"; --ld {wish} cannot read it" if wish else ""
        super().__init__(
            f"{archive} is LLVM bitcode, and there is no lld to link it",
            why=[f"written by {producer}, read by lld only{wished}"],
            fix="let --ld be auto"
            if wish
            else "install lld (apt install lld), use Rust 1.90 or newer on x86-64, "
            "which brings one, or a Python that was built without --with-lto",
        )


class BitcodeReleaseError(StaticLinkError):
    """Bitcode of a newer LLVM than that of rustc's lld."""

    def __init__(self, archive: str, producer: str, ours: int) -> None:
        super().__init__(
            f"{archive} is bitcode of a newer LLVM than Rust has",
            why=[f"written by {producer}; the lld of this Rust reads LLVM {ours}"],
            fix="update Rust, name an installed lld that is as new with --ld lld "
            "and RUSTFLAGS=-Clinker-features=-lld, or use a Python that was built "
            "without --with-lto",
        )


class GccReleaseError(StaticLinkError):
    """Intermediate code that the GCC of this machine cannot read."""

    def __init__(
        self,
        archive: str,
        majors: Sequence[int],
        ours: int,
        *,
        wished_lld: bool = False,
        driver: str = "cc",
    ) -> None:
        theirs = " and ".join(f"GCC {major}" for major in majors if major) or "GCC"
        here = f"GCC {ours}" if ours else "not GCC, or unknown"
        why = [
            (
                f"the objects were compiled by {theirs} with -flto and hold no "
                "machine code, so only the same major release can link them"
            ),
            f"the compiler that links here{_named(driver)} is {here}",
        ]
        fix = "use a Python that was built without --with-lto"
        if wished_lld:
            why[1] = "lld passes over such objects without a word"
            fix = "let --ld be auto"
        elif len(majors) == 1 and majors[0]:
            fix = f"install gcc-{majors[0]} (apt install gcc-{majors[0]}), or {fix}"
        super().__init__(
            f"the code in {archive} cannot be linked here", why=why, fix=fix
        )
        self.majors = tuple(majors)


class NamedLinkerError(StaticLinkError):
    """The user's flags name a linker that cannot read the archive."""

    def __init__(self, archive: str, named: str, needed: str, reason: str) -> None:
        super().__init__(
            f"the flags for rustc name `{named}`, which cannot link {archive}",
            why=[
                reason,
                (
                    "flags of RUSTFLAGS and of .cargo/config.toml come after "
                    "ferrule's own, and the last one counts"
                ),
            ],
            fix=f"remove `{named}` from RUSTFLAGS or from `rustflags` in "
            f".cargo/config.toml, or replace it by `{needed}`",
        )


class PluginLtoError(StaticLinkError):
    """Two kinds of intermediate code, for two linkers."""

    def __init__(self, archive: str, majors: Sequence[int]) -> None:
        theirs = " and ".join(f"GCC {major}" for major in majors if major) or "GCC"
        super().__init__(
            f"{archive} and Rust code with -C linker-plugin-lto cannot be linked "
            "together",
            why=[
                (
                    f"the archive holds intermediate code of {theirs} only, which "
                    "GCC's plugin for the linker compiles"
                ),
                "the flags for rustc ask for LLVM bitcode, which lld compiles",
            ],
            fix="remove `-C linker-plugin-lto` from the flags; `lto` in a profile of "
            "Cargo.toml does not need it",
        )


class WishedLinkerError(StaticLinkError):
    """A linker that is not installed."""

    exit_code = 5

    def __init__(self, name: str) -> None:
        package = {"bfd": "binutils", "gold": "binutils"}.get(name, name)
        super().__init__(
            f"the linker {name} of --ld is not on this machine",
            why=[f"looked for: ld.{name} on PATH"],
            fix=f"install it (apt install {package}), or let --ld be auto",
        )


class MissingSymbolsError(StaticLinkError):
    """Libraries that built-in modules need, and that are not installed."""

    def __init__(
        self,
        archive: str,
        libraries: Sequence[str],
        modules: Mapping[str, Sequence[str]],
        packages: Sequence[str],
        folders: Sequence[str],
    ) -> None:
        why = []
        if libraries:
            why.append(f"not found: {', '.join(libraries)}")
            why.append(f"looked in: {', '.join(folders[:6])}")
        for name, symbols in list(modules.items())[:12]:
            shown = ", ".join(symbols[:3])
            more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
            what = f"module {name}" if not name.endswith(".o") else name
            why.append(f"{what} uses {shown}{more}, which no library here has")
        fixes = []
        if packages:
            fixes.append(f"install what is missing: apt install {' '.join(packages)}")
        named = [name for name in modules if not name.endswith(".o")]
        if named:
            wish = ",".join(f"-{name}" for name in named)
            fixes.append(f"leave the modules out: --builtins={wish}")
        fixes.append("use a Python with a shared library: --mode dynamic")
        super().__init__(
            f"{archive} needs libraries that are not on this machine",
            why=why,
            fix="; or ".join(fixes),
        )
        self.modules = {name: tuple(value) for name, value in modules.items()}


class StaticLibrariesError(StaticLinkError):
    """`--static-libs require`, and libraries without an archive that fits."""

    def __init__(self, problems: Mapping[str, str], packages: Sequence[str]) -> None:
        hint = f" (apt install {' '.join(packages)})" if packages else ""
        super().__init__(
            "--static-libs require: not every library can be linked statically",
            why=[f"{name}: {reason}" for name, reason in sorted(problems.items())],
            fix=f"install their static libraries{hint}, or choose --static-libs auto",
        )


class UnknownBuiltinError(StaticLinkError):
    """A wish for built-in modules that cannot be fulfilled."""

    exit_code = 2

    def __init__(
        self, name: str, known: Sequence[str], *, essential: bool = False
    ) -> None:
        if essential:
            super().__init__(
                f"Python does not start without its built-in module `{name}`",
                fix=f"remove `-{name}` from --builtins; `minimal` keeps what has to be",
            )
        else:
            shown = ", ".join(sorted(known)) or "unknown: the archive has no table"
            super().__init__(
                f"libpython.a has no built-in module `{name}`"
                f"{did_you_mean(name, known)}",
                why=[f"built in are: {shown}"],
                fix="name one of them; other modules of the standard library are "
                "files, which --exclude leaves out",
            )
        self.name = name


def _named(driver: str) -> str:
    return "" if driver == "cc" else f", {driver},"
