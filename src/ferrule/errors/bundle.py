"""Errors about bundles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError, did_you_mean
from ferrule.errors.libraries import UnfoundLibrariesError

__all__ = [
    "ApiGenerationError",
    "BundleFolderError",
    "BundleLibrariesError",
    "BundlePackageError",
    "BundleTargetError",
    "BundleVerificationError",
    "BundledPythonTooOldError",
    "BytecodeError",
    "CompressorMissingError",
    "DecompressorError",
    "LoadOverrideError",
    "ModeMissingError",
    "NotEmbeddingError",
    "ObjectError",
    "OnefileLibrariesError",
    "PackageInstallerError",
    "PayloadError",
    "RequirementsFileError",
    "SharedLibraryError",
    "UnbundledPythonError",
]

_GUIDE = "https://pyo3.rs/main/building-and-distribution.html"


class UnbundledPythonError(FerruleError):
    """A Python that no program can hold."""

    exit_code = 4
    url = f"{_GUIDE}#dynamically-embedding-the-python-interpreter"

    def __init__(self, name: str, executable: str) -> None:
        super().__init__(
            f"{name} cannot be bundled: no Rust program can start it",
            why=[
                f"interpreter: {executable}",
                (
                    "PyO3 supports PyPy and GraalPy for extension modules only, "
                    "because there is no library of theirs to link a program to"
                ),
            ],
            fix="choose a CPython: --python 3.12",
        )


class BundledPythonTooOldError(FerruleError):
    """A CPython that is older than what a bundle brings for it."""

    exit_code = 4

    def __init__(self, name: str, executable: str, oldest: str) -> None:
        super().__init__(
            f"{name} cannot be bundled: it is older than {oldest}",
            why=[f"interpreter: {executable}"],
            fix=f"choose a newer one: --python 3.12; {oldest} is the oldest",
        )


class ModeMissingError(FerruleError):
    """A mode that does not exist."""

    exit_code = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no bundle of mode {name}{did_you_mean(name, known)}",
            why=[f"modes: {', '.join(known)}"],
            fix=f"choose --mode {known[0]}",
        )


class BundleTargetError(FerruleError):
    """A system for which a mode does not exist."""

    exit_code = 2

    def __init__(self, mode: str, target: str, reasons: Sequence[str] = ()) -> None:
        """Take why; without a reason no mode exists for the system."""
        known = "dynamic bundles are made for Linux, Windows and macOS, the others for"
        super().__init__(
            f"a bundle of mode {mode} cannot be made for {target}",
            why=reasons or [f"{known} Linux"],
            fix="choose --mode dynamic: a folder that can be moved, without anything "
            "installed beside it"
            if reasons
            else "build the program with cargo, and install Python beside it",
        )


class SharedLibraryError(FerruleError):
    """An interpreter without the library that a dynamic bundle holds."""

    exit_code = 4

    def __init__(
        self,
        name: str,
        executable: str,
        remedy: str = "choose another Python with --python",
        *,
        has_archive: bool = False,
    ) -> None:
        """Take how one gets the library, and whether there is a static one."""
        other = "; or link it statically: --mode static" if has_archive else ""
        super().__init__(
            f"{name} has no shared libpython, which a dynamic bundle is made of",
            why=[f"interpreter: {executable}"],
            fix=f"{remedy}{other}",
        )


class ApiGenerationError(FerruleError):
    """A program that is written for another release of PyO3."""

    exit_code = 3
    url = f"{_GUIDE}#embedding-python-in-rust"

    def __init__(self, version: str, uses: Sequence[tuple[str, str, str]]) -> None:
        """Take the release, and place, name and replacement of each call."""
        first = uses[0][1]
        is_old = "initialize" in uses[0][2] or "attach" in uses[0][2]
        super().__init__(
            f"the program calls `{first}`, which pyo3 {version} does not have",
            why=[
                f"{place}: write `{other}` instead of `{name}`"
                for place, name, other in uses
            ],
            fix="replace the calls, or choose a release that has them: "
            + ('pyo3 = "0.27"' if is_old else 'pyo3 = "0.26" or later'),
        )
        self.uses = tuple(uses)


class NotEmbeddingError(FerruleError):
    """A program that does not contain Python."""

    exit_code = 3

    def __init__(self, program: str, package: str) -> None:
        super().__init__(
            f"the program `{program}` does not embed Python: nothing is to be bundled",
            why=[f"the package `{package}` does not depend on PyO3"],
            fix="name another program with --bin, or build it with cargo alone",
        )


class ObjectError(FerruleError):
    """rustc does not compile what ferrule adds to a program."""

    exit_code = 5

    def __init__(self, what: str, command: str, output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        super().__init__(
            f"rustc failed to make {what}",
            why=[f"command: {command}", *lines[:20]],
            fix="see what rustc says; ferrule needs Rust 1.64 or later here, and the "
            "standard library of the target",
        )


class BundleLibrariesError(UnfoundLibrariesError):
    """Libraries without which the program cannot start."""

    def __init__(
        self, libraries: Sequence[tuple[str, Sequence[str], Sequence[str]]]
    ) -> None:
        """Take, for each library, its name, who needs it and where one looked."""
        count = len(libraries)
        noun = "a library is" if count == 1 else f"{count} libraries are"
        super().__init__(
            f"{noun} missing that the program cannot start without",
            libraries,
            fix="install it, name its folder with --lib-path, or leave it to the "
            "machine with --system-library",
        )


class PackageInstallerError(FerruleError):
    """pip or uv did not get the packages."""

    exit_code = 4

    def __init__(self, command: str, status: int) -> None:
        super().__init__(
            "the packages of the bundle cannot be had",
            why=[f"command: {command}", f"exit status: {status}"],
            fix="see what it says above",
        )


class RequirementsFileError(FerruleError):
    """A file of requirements, or a lock, that cannot be used."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be used as the list of packages",
            why=[reason],
            fix="name a requirements file with -r, or a pylock.toml or uv.lock with "
            "--lock",
        )


class BundlePackageError(FerruleError):
    """A package that cannot join a bundle as it is."""

    exit_code = 3

    def __init__(self, package: str, reason: str, fix: str) -> None:
        super().__init__(f"{package} cannot join the bundle", why=[reason], fix=fix)


class BytecodeError(FerruleError):
    """The Python of the bundle does not compile its modules."""

    exit_code = 4

    def __init__(self, executable: str, output: str) -> None:
        super().__init__(
            "the modules of the bundle cannot be compiled to bytecode",
            why=[f"interpreter: {executable}", *output.strip().splitlines()[-8:]],
            fix="try it with that Python, or pack sources: --sources",
        )


class BundleFolderError(FerruleError):
    """The place of a bundle is something else."""

    exit_code = 6

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} is not replaced: {reason}",
            why=["a bundle replaces what was there before"],
            fix="choose another place with -o, or remove it",
        )


class CompressorMissingError(FerruleError):
    """No program or module compresses with zstd."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "nothing here compresses with zstd",
            why=[
                (
                    "looked for the module compression.zstd (Python 3.14), the "
                    "package zstandard and the program zstd"
                )
            ],
            fix="install one of them, or choose --format tar.gz",
        )


class BundleVerificationError(FerruleError):
    """A finished bundle does not work in an isolated place."""

    exit_code = 3

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        super().__init__(
            f"the bundle does not work in {where}; nothing was replaced",
            why=problems,
            fix="pack what is missing (--include, --packages, --lib-path), leave out "
            "what cannot work (--exclude), or skip the trial with --no-verify",
        )
        self.problems = tuple(problems)

    def details(self) -> dict[str, Any]:
        """Return the problems as a list."""
        return {"problems": list(self.problems)}


class PayloadError(FerruleError):
    """A single file whose payload is not what was written."""

    exit_code = 3

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(
            f"{name} is damaged",
            why=[problem],
            fix="build it again; programs that strip, sign or compress files must not "
            "touch it afterwards",
        )


class DecompressorError(FerruleError):
    """A compressed single file without zlib."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "the single file cannot be compressed: its Python has no zlib",
            why=["neither libpython nor the standard library brings the module"],
            fix="leave out `compress`, or choose a Python that was built with zlib",
        )


class LoadOverrideError(FerruleError):
    """A choice at run time that the bundle leaves nothing to."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "ext-load-override cannot be joined with ext-load = 'beside'",
            why=[
                (
                    "FERRULE_EXT_LOAD chooses between memory and cache, and the "
                    "libraries of this program lie beside it, not in it"
                )
            ],
            fix="leave one of them out of [tool.ferrule.bundle]",
        )


class OnefileLibrariesError(FerruleError):
    """A single file whose program needs shared libraries before it runs."""

    exit_code = 3

    def __init__(self, name: str, libraries: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot be a single file: the loader needs "
            f"{', '.join(libraries)} before the program runs",
            why=[
                "modules that are built into this Python use them, or the crate does",
                "only the C library is on every machine",
            ],
            fix="install their static libraries (lib*.a; --static-libs require tells "
            "which are missing), leave the modules out (--builtins=-NAME), or leave a "
            "library to the machine (--system-library GLOB)",
        )
        self.libraries = tuple(libraries)
