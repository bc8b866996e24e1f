"""What an interpreter or its sysconfigdata says, in the terms of PyO3.

Both sources describe one Python; what a release of PyO3 makes of the
description is decided in `resolve_legacy` and `resolve_current`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import fix_up_flags, format_version
from ferrule.python.config_file import parse_version
from ferrule.python.lib_name import LibraryAbi, unix_lib_name, windows_lib_name
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release, Version
    from ferrule.target.triple import Triple

__all__ = ["DescribedPython", "describe_interpreter", "describe_sysconfigdata"]


@dataclass(frozen=True)
class DescribedPython:
    """One Python, as far as the build configuration is concerned."""

    implementation: str
    version: Version
    shared: bool
    free_threaded: bool
    debug: bool
    build_flags: tuple[str, ...]
    lib_dir: str | None
    ld_version: str
    executable: str | None
    pointer_width: int | None
    framework_prefix: str | None
    on_windows: bool = False
    mingw: bool = False
    cygwin: bool = False

    def lib_name(self, release: Pyo3Release, abi: LibraryAbi) -> str:
        """Return the name of its library when `abi` is built for."""
        if self.on_windows:
            return windows_lib_name(release, abi, mingw=self.mingw)
        return unix_lib_name(
            release, abi, ld_version=self.ld_version, stable_name=self.cygwin
        )


def describe_interpreter(
    release: Pyo3Release, interpreter: Interpreter, host: Triple
) -> DescribedPython:
    """Return what PyO3 would ask from an interpreter.

    `host` is the machine that the interpreter is for. Raises
    `ConfigurationError` for a GraalPy that the release refuses.
    """
    implementation = interpreter.implementation
    if implementation == "GraalVM":
        _check_graalpy(release, interpreter)
    windows = host.is_windows
    debug = interpreter.debug
    if windows and not release.has_debug_abi:
        debug = interpreter.ext_suffix.startswith("_d.")
    lib_dir = interpreter.lib_dir or None
    if windows and not interpreter.is_foreign:
        lib_dir = f"{interpreter.base_prefix}\\libs"
    prefix = interpreter.framework_prefix
    return DescribedPython(
        implementation=implementation,
        version=interpreter.minor_version,
        shared=interpreter.shared,
        free_threaded=release.knows_free_threading and interpreter.gil_disabled,
        debug=debug,
        build_flags=_asked_flags(release, interpreter, windows=windows),
        lib_dir=lib_dir,
        ld_version=interpreter.ld_version,
        executable=interpreter.executable or None,
        pointer_width=interpreter.pointer_width,
        # PyO3 prints the variable with Python's `print`, so absent is "None".
        framework_prefix="None" if prefix is None else prefix,
        on_windows=windows,
        mingw=interpreter.platform.startswith("mingw"),
        cygwin=interpreter.platform.startswith("cygwin"),
    )


def _check_graalpy(release: Pyo3Release, interpreter: Interpreter) -> None:
    if not release.knows_graalpy:
        raise ConfigurationError(
            "unknown interpreter: GraalVM",
            fix="GraalPy needs PyO3 0.21 or newer: update the pyo3 dependency",
        )
    got = interpreter.implementation_version
    if got < release.graalpy_minimum:
        wanted = format_version(release.graalpy_minimum)
        raise ConfigurationError(
            f"At least GraalPy version {wanted} needed, got {format_version(got)}",
            fix=f"install GraalPy {wanted} or newer",
        )


def _asked_flags(
    release: Pyo3Release, interpreter: Interpreter, *, windows: bool
) -> tuple[str, ...]:
    # sysconfig on Windows has no build flags before Python 3.13.
    if windows and not (release.at_least(23) and interpreter.version >= (3, 13)):
        return ()
    known = release.build_flags
    flags = tuple(flag for flag in known if flag in interpreter.build_flags)
    return fix_up_flags(flags)


def describe_sysconfigdata(
    release: Pyo3Release, data: Mapping[str, str]
) -> DescribedPython:
    """Return what a `_sysconfigdata*.py` says.

    Raises `ConfigurationError` for missing and unreadable variables.
    """
    soabi = _required(data, "SOABI")
    implementation = _implementation_of(soabi, release)
    try:
        version = parse_version(_required(data, "VERSION"))
    except ConfigurationError as error:
        if error.message.startswith("VERSION not"):
            raise
        raise error.within("could not parse value of VERSION") from None
    shared = data.get("Py_ENABLE_SHARED")
    if shared not in ("1", "true", "True", "0", "false", "False"):
        raise ConfigurationError(
            "expected a bool (1/true/True or 0/false/False) for Py_ENABLE_SHARED",
            fix="the sysconfigdata file is not one that CPython wrote",
        )
    known = release.build_flags
    flags = fix_up_flags(tuple(flag for flag in known if data.get(flag) == "1"))
    gil_disabled = data.get("Py_GIL_DISABLED") == "1"
    width = _required(data, "SIZEOF_VOID_P")
    return DescribedPython(
        implementation=implementation,
        version=version,
        shared=shared in ("1", "true", "True") or bool(data.get("PYTHONFRAMEWORK")),
        free_threaded=release.knows_free_threading and gil_disabled,
        debug=release.has_debug_abi and "Py_DEBUG" in flags,
        build_flags=flags,
        lib_dir=data.get("LIBDIR"),
        ld_version=data.get("LDVERSION", ""),
        executable=None,
        pointer_width=int(width) * 8 if width.isascii() and width.isdigit() else None,
        framework_prefix=data.get("PYTHONFRAMEWORKPREFIX"),
        cygwin=soabi.endswith("cygwin"),
    )


def _required(data: Mapping[str, str], key: str) -> str:
    if key not in data:
        raise ConfigurationError(
            f"{key} not found in sysconfigdata file",
            fix="the sysconfigdata file is not one that CPython wrote",
        )
    return data[key]


def _implementation_of(soabi: str, release: Pyo3Release) -> str:
    if soabi.startswith("pypy"):
        return "PyPy"
    if soabi.startswith("cpython"):
        return "CPython"
    if soabi.startswith("graalpy") and release.knows_graalpy:
        return "GraalVM"
    raise ConfigurationError(
        "unsupported Python interpreter",
        fix=f'its SOABI is "{soabi}": PyO3 knows cpython, pypy and graalpy',
    )
