"""The name of the library that has Python in it, without the prefix `lib`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import InterpreterConfig, TargetAbi, format_version
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.releases import Pyo3Release, Version
    from ferrule.target.triple import Triple

__all__ = ["LibraryAbi", "default_lib_name", "unix_lib_name", "windows_lib_name"]


@dataclass(frozen=True)
class LibraryAbi:
    """What the name of libpython depends on."""

    implementation: str
    version: Version
    abi3: bool = False
    abi3t: bool = False
    free_threaded: bool = False
    debug: bool = False

    @classmethod
    def of_config(cls, config: InterpreterConfig, release: Pyo3Release) -> LibraryAbi:
        """Return what counts of a configuration."""
        if config.target_abi is not None:
            return cls.of_abi(config.target_abi)
        return cls(
            config.implementation,
            config.version,
            abi3=config.abi3,
            free_threaded=release.knows_free_threading and config.is_free_threaded,
        )

    @classmethod
    def of_abi(cls, abi: TargetAbi, *, debug: bool | None = None) -> LibraryAbi:
        """Return what counts of an ABI of PyO3 0.29 and newer."""
        return cls(
            abi.implementation,
            abi.version,
            abi3=abi.kind == "abi3",
            abi3t=abi.kind == "abi3t",
            free_threaded=abi.is_free_threaded,
            debug=abi.debug if debug is None else debug,
        )


def default_lib_name(release: Pyo3Release, abi: LibraryAbi, target: Triple) -> str:
    """Return the name for a target when no interpreter was asked."""
    if target.is_windows:
        return windows_lib_name(release, abi)
    return unix_lib_name(release, abi, stable_name=target.system == "cygwin")


def unix_lib_name(  # noqa: PLR0911
    release: Pyo3Release,
    abi: LibraryAbi,
    *,
    ld_version: str = "",
    stable_name: bool = False,
) -> str:
    """Return the name everywhere but on Windows.

    `ld_version` is the interpreter's `LDVERSION`; `stable_name` tells that the
    platform has a `libpython3` (Cygwin, MinGW).
    """
    if abi.implementation == "GraalVM":
        return "python-native"
    if abi.implementation == "RustPython":
        return "rustpython_capi"
    if abi.implementation == "PyPy":
        if not release.at_least(23) and abi.version < (3, 9):
            return f"pypy{abi.version[0]}-c"
        return f"pypy{ld_version or format_version(abi.version)}-c"
    if ld_version:
        return f"python{ld_version}"
    tail = "d" if abi.debug and release.has_debug_abi else ""
    if stable_name and release.at_least(28) and (abi.abi3 or abi.abi3t):
        return f"python3{'t' if abi.abi3t else ''}{tail}"
    name = f"python{format_version(abi.version)}"
    if not release.has_target_abi and abi.version <= (3, 7):
        return f"{name}m"
    if abi.free_threaded:
        _refuse_early_free_threading(release, abi.version)
        name += "t"
    return name + tail


def windows_lib_name(
    release: Pyo3Release, abi: LibraryAbi, *, mingw: bool = False
) -> str:
    """Return the name on Windows; `mingw` is about the interpreter's own build."""
    if release.has_target_abi:
        return _windows_dll_name(release, abi, mingw=mingw)
    major, minor = abi.version
    compact = f"python{major}{minor}"
    if abi.debug and (not release.at_least(23) or abi.version < (3, 10)):
        return f"{compact}_d"
    tail = "_d" if abi.debug else ""
    if abi.abi3 and abi.implementation == "CPython" and not abi.free_threaded:
        return f"python3{tail}"
    if mingw:
        if abi.free_threaded:
            raise ConfigurationError(
                "MinGW free-threaded builds are not currently tested or supported",
                fix="use PyO3 0.29 or newer, or a Python from python.org",
            )
        return f"python{major}.{minor}"
    if abi.free_threaded:
        _refuse_early_free_threading(release, abi.version)
        return f"{compact}t{tail}"
    return f"{compact}{tail}"


def _windows_dll_name(release: Pyo3Release, abi: LibraryAbi, *, mingw: bool) -> str:
    """Return the name that PyO3 0.29 and newer link through raw-dylib."""
    pypy_first = release.at_least(29, 3)
    if pypy_first and abi.implementation == "GraalVM":
        return "python-native"
    if mingw and not (pypy_first and abi.implementation == "PyPy"):
        return "lib" + unix_lib_name(release, abi, stable_name=True)
    major, minor = abi.version
    if abi.implementation == "PyPy":
        return f"libpypy{major}.{minor}-c"
    tail = "_d" if abi.debug else ""
    # python3_d.dll cannot be linked before 3.10 (python/cpython#101614).
    early = abi.version < (3, 10) and (
        abi.implementation == "CPython" or not release.has_debug_abi
    )
    if abi.debug and early:
        return f"python{major}{minor}_d"
    if abi.abi3 or abi.abi3t:
        return f"python{major}{'t' if abi.abi3t else ''}{tail}"
    if abi.free_threaded:
        _refuse_early_free_threading(release, abi.version)
    return f"python{major}{minor}{'t' if abi.free_threaded else ''}{tail}"


def _refuse_early_free_threading(release: Pyo3Release, version: Version) -> None:
    if version >= (3, 13):
        return
    what = "extensions" if release.has_target_abi else "C extensions"
    raise ConfigurationError(
        f"Cannot compile {what} for the free-threaded build on Python versions "
        f"earlier than 3.13, found {format_version(version)}",
        fix="free-threaded CPython exists from 3.13 on: choose 3.13t or newer",
    )
