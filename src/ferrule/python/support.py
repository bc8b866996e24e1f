"""Which Pythons a release of PyO3 accepts, after the configuration is known.

`PYO3_PRINT_CONFIG=1` stops before these checks, so they are a step of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import InterpreterConfig, TargetAbi, format_version

if TYPE_CHECKING:
    from ferrule.python.releases import Version
    from ferrule.python.situation import Situation

__all__ = ["check_config", "is_known_to_raw_dylib"]

_NAMES: Final = {"CPython": "Python", "GraalVM": "GraalPy"}
_UPDATE: Final = "update the pyo3 dependency in Cargo.toml, or choose an older Python"


def check_config(
    situation: Situation, config: InterpreterConfig, *, is_cross: bool = False
) -> None:
    """Raise `ConfigurationError` for what PyO3 refuses; collect its warnings.

    Checks the Python version, the pointer width, free threading and whether a
    library that must be linked has a name.
    """
    early = situation.release.at_least(22)
    if situation.env.get("UNSAFE_PYO3_SKIP_VERSION_CHECK") != "1":
        _check_version(situation, config)
        if early:
            _check_stable_abi(situation, config)
    _check_pointer_width(situation, config)
    _check_free_threading_unsupported(situation, config)
    linking = situation.links(situation.target)
    if linking and not config.suppress_build_script_link_lines:
        _check_linking(situation, config, is_cross=is_cross)
    if not early:
        # These releases warn at the very end, where they print the cfgs.
        _check_stable_abi(situation, config)


def _range_of(situation: Situation, implementation: str) -> tuple[Version, Version]:
    release = situation.release
    ranges = {
        "CPython": release.cpython_range,
        "PyPy": release.pypy_range,
        "GraalVM": release.graalpy_range,
    }
    found = ranges.get(implementation)
    return found or ((3, 0), (3, 0))


def _check_version(situation: Situation, config: InterpreterConfig) -> None:
    abi = config.abi
    if abi.implementation == "RustPython":
        return
    release = situation.release
    lowest, highest = _range_of(situation, abi.implementation)
    named = _NAMES.get(abi.implementation, abi.implementation)
    if release.has_debug_abi:
        named = "Python"
    own = release.has_debug_abi or abi.implementation == "CPython"
    seen = config.version if own else abi.version
    if seen < lowest:
        raise ConfigurationError(
            f"the configured {named} interpreter version ({format_version(seen)}) is "
            f"lower than PyO3's minimum supported version ({format_version(lowest)})",
            fix=f"use {named} {format_version(lowest)} or newer, or an older pyo3",
        )
    _check_maximum(situation, abi, highest)
    _check_free_threaded(situation, abi)


def _check_maximum(situation: Situation, abi: TargetAbi, highest: Version) -> None:
    release = situation.release
    following = (highest[0], highest[1] + 1)
    tolerant = release.at_least(28) and (
        abi.implementation == "CPython" or release.has_debug_abi
    )
    if abi.version <= highest:
        return
    if tolerant and abi.version == following:
        whose = abi.implementation if release.has_debug_abi else "Python"
        maker = abi.implementation if release.has_debug_abi else "CPython"
        situation.warnings.append(
            f"Using experimental support for the {whose} {format_version(following)} "
            "ABI. Build artifacts may not be compatible with the final release of "
            f"{maker}, so do not distribute them."
        )
        return
    suppressible = abi.implementation == "CPython" or (
        abi.implementation == "PyPy" and release.has_debug_abi
    )
    if abi.is_free_threaded and abi.implementation == "CPython":
        _refuse_free_threaded(situation, abi, highest)
    elif not suppressible:
        # GraalPy passes in 0.30, which leaves it to its own version check.
        if not release.has_debug_abi:
            raise _too_new(situation, abi, highest)
        return
    if not _is_suppressed(situation):
        raise _too_new(situation, abi, highest, help_=_suppress_help(situation))


def _is_suppressed(situation: Situation) -> bool:
    if situation.wants_forward_compatibility:
        return True
    name = "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY"
    return situation.release.has_target_abi and situation.env.get(name) == "1"


def _suppress_help(situation: Situation) -> str:
    name = "PYO3_USE_ABI3_FORWARD_COMPATIBILITY"
    if situation.release.has_target_abi:
        name = "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY"
    return f"set {name}=1 to suppress this check and build anyway using the stable ABI"


def _refuse_free_threaded(
    situation: Situation, abi: TargetAbi, highest: Version
) -> None:
    release = situation.release
    if not release.knows_free_threading:
        return
    help_ = (
        "the free-threaded build of CPython does not support the limited API so this "
        "check cannot be suppressed."
    )
    if release.has_target_abi:
        if abi.version >= (3, 15):
            variable = "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY"
            if situation.env.get(variable) == "1":
                return
            help_ = (
                f"set {variable}=1 to suppress this check and build anyway using the "
                "free-threaded stable ABI"
            )
        else:
            version = format_version(abi.version)
            help_ = help_.replace("CPython does", f"CPython {version} does")
    raise _too_new(situation, abi, highest, help_=help_, free_threaded=True)


def _too_new(
    situation: Situation,
    abi: TargetAbi,
    highest: Version,
    *,
    help_: str = "",
    free_threaded: bool = False,
) -> ConfigurationError:
    release = situation.release
    named = _NAMES.get(abi.implementation, abi.implementation)
    tail = (
        f"({format_version(abi.version)}) is newer than PyO3's maximum supported "
        f"version ({format_version(highest)})"
    )
    if release.at_least(27):
        text = (
            f"the configured {named} version {tail}\n"
            f"= help: this package is being built with PyO3 version {release}\n"
            "= help: updating this package to the latest version of PyO3 may provide "
            f"compatibility with this {named} version"
        )
    else:
        article = "The" if free_threaded else "the"
        text = (
            f"{article} configured {named} interpreter version {tail}\n"
            "= help: please check if an updated version of PyO3 is available. "
            f"Current version: {release}"
        )
        help_ = help_[0].upper() + help_[1:] if free_threaded else help_
    if help_:
        text += f"\n= help: {help_}"
    return ConfigurationError(text, fix=_UPDATE)


def _check_free_threaded(situation: Situation, abi: TargetAbi) -> None:
    lowest = situation.release.free_threaded_minimum
    if not situation.release.has_target_abi or not abi.is_free_threaded:
        return
    if abi.implementation != "CPython":
        if situation.release.has_debug_abi:
            raise ConfigurationError(
                "PyO3 only supports the free-threaded build of CPython, the selected "
                f"Python implementation is {abi.implementation}"
            )
        return
    if lowest is not None and abi.version < lowest:
        raise ConfigurationError(
            "PyO3 does not support the free-threaded build of CPython versions below "
            f"{format_version(lowest)}, the selected Python version is "
            f"{format_version(abi.version)}",
            fix=f"use CPython {format_version(lowest)}t, or PyO3 0.28 for 3.13t",
        )


def _check_stable_abi(situation: Situation, config: InterpreterConfig) -> None:
    release = situation.release
    abi = config.abi
    named = abi.kind
    wanted = abi.is_stable or (config.abi3 and config.target_abi is None)
    if not wanted:
        return
    warnings = situation.warnings
    if config.target_abi is None:
        named = "abi3"
    if abi.implementation == "CPython":
        if abi.kind == "free_threaded" and release.knows_free_threading:
            warnings.append(
                "The free-threaded build of CPython does not yet support abi3 so the "
                "build artifacts will be version-specific."
            )
        if abi.kind == "abi3t" and abi.version < (3, 15):
            raise ConfigurationError(
                "Abi3t builds are not supported on CPython targets before Python 3.15",
                fix="use the feature abi3 for older Pythons",
            )
    elif abi.implementation == "GraalVM":
        warnings.append(
            f"GraalPy does not support {named} so the build artifacts will be "
            "version-specific."
        )
    elif abi.implementation == "PyPy":
        _warn_about_pypy(situation, abi, named)


def _warn_about_pypy(situation: Situation, abi: TargetAbi, named: str) -> None:
    release = situation.release
    if release.has_debug_abi:
        if named == "abi3" and abi.version < (3, 12):
            situation.warnings.append(
                "PyPy does not support abi3 before PyPy 3.12 so the build artifacts "
                "will be version-specific."
            )
        return
    page = "https://github.com/pypy/pypy/issues/3397"
    if not release.at_least(23):
        page = "https://foss.heptapod.net/pypy/pypy/-/issues/3397"
    situation.warnings.append(
        f"PyPy does not yet support {named} so the build artifacts will be "
        f"version-specific. See {page} for more information."
    )


def _check_pointer_width(situation: Situation, config: InterpreterConfig) -> None:
    width = situation.target.pointer_width
    if config.pointer_width in (None, width):
        return
    raise ConfigurationError(
        f"your Rust target architecture ({width}-bit) does not match your python "
        f"interpreter ({config.pointer_width}-bit)",
        fix="choose a Python and a --target of the same width",
    )


def _check_free_threading_unsupported(
    situation: Situation, config: InterpreterConfig
) -> None:
    release = situation.release
    if not release.refuses_free_threading or not config.is_free_threaded:
        return
    if situation.env.get("UNSAFE_PYO3_BUILD_FREE_THREADED") == "1":
        return
    raise ConfigurationError(
        "the Python interpreter was built with the GIL disabled, which is not yet "
        "supported by PyO3\n"
        "= help: see https://github.com/PyO3/pyo3/issues/4265 for more information\n"
        "= help: please check if an updated version of PyO3 is available. Current "
        f"version: {release}\n"
        "= help: set UNSAFE_PYO3_BUILD_FREE_THREADED=1 to suppress this check and "
        "build anyway for free-threaded Python",
        fix="update the pyo3 dependency to 0.23 or newer",
    )


def _check_linking(
    situation: Situation, config: InterpreterConfig, *, is_cross: bool
) -> None:
    if config.lib_name is None:
        raise ConfigurationError(
            "attempted to link to Python shared library but config does not contain "
            "lib_name",
            fix="add a line lib_name=… to the configuration file",
        )
    if _uses_raw_dylib(situation, config.lib_name):
        return
    if is_cross and config.lib_dir is None and situation.release.at_least(27):
        situation.warnings.append(
            "The output binary will link to libpython, but PYO3_CROSS_LIB_DIR "
            "environment variable is not set. Ensure that the target Python library "
            "directory is in the rustc native library search path."
        )


def _uses_raw_dylib(situation: Situation, lib_name: str) -> bool:
    release = situation.release
    if not release.raw_dylib or not situation.target.is_windows:
        return False
    known = is_known_to_raw_dylib(situation, lib_name)
    choice = None
    if release.has_raw_dylib_env:
        choice = situation.env.get("PYO3_USE_RAW_DYLIB")
    if choice == "1" and not known:
        situation.warnings.append(
            "PYO3_USE_RAW_DYLIB is set to 1 but the Python library name is not "
            "recognized. Falling back to full linking."
        )
    return known and choice in (None, "1")


def is_known_to_raw_dylib(situation: Situation, lib_name: str) -> bool:
    """Whether PyO3 can link the DLL of this name without an import library."""
    release = situation.release
    names = {"python3", "python3_d", "python3t", "python3t_d"}
    if release.at_least(29, 3):
        names.add("python-native")
    lowest, highest = release.cpython_range
    for minor in range(lowest[1], highest[1] + 2):
        names |= {f"python3{minor}", f"python3{minor}_d"}
        if minor >= 13:
            names |= {f"python3{minor}t", f"python3{minor}t_d"}
    if release.pypy_range is not None:
        first, last = release.pypy_range
        names |= {f"libpypy3.{n}-c" for n in range(first[1], last[1] + 1)}
    return lib_name in names
