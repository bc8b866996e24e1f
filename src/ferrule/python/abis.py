"""Which ABI an extension module gets, and the tags and file names of it.

Sources: PEP 384 and 652 (abi3), PEP 803 (abi3t), PEP 703 (free threading),
PEP 425 (tags), PEP 3149 (file names) and the guide's chapter on abi3.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from ferrule import log
from ferrule.errors.configuration import ConfigurationError, InterpreterNeededError
from ferrule.python.abi import Abi
from ferrule.python.stable_features import BuildFeatures, read_features
from ferrule.target.triple import Triple, parse_triple

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release, Version

__all__ = [
    "BareStyle",
    "bare_suffix",
    "compute_abi",
    "foreign_abi",
    "version_specific_abi",
]

BareStyle = Literal["plain", "tagged", "abi3"]

_NO_ENV: Final[Mapping[str, str]] = MappingProxyType({})
_WINDOWS_PLATFORMS: Final = {
    "x86_64": "win_amd64",
    "aarch64": "win_arm64",
    "i686": "win32",
    "i586": "win32",
}
_PYPY_MACHINES: Final = {
    "i586": "x86",
    "i686": "x86",
    "armv7": "arm",
    "powerpc64le": "ppc_64",
}
_MULTIARCH: Final = {
    "i586": "i386",
    "i686": "i386",
    "armv7": "arm",
    "powerpc64": "powerpc64",
    "riscv64gc": "riscv64",
}


def compute_abi(
    release: Pyo3Release,
    interpreter: Interpreter | None,
    features: AbstractSet[str],
    target: Triple | str,
    *,
    env: Mapping[str, str] = _NO_ENV,
) -> Abi:
    """Return the ABI of an extension module built with these pyo3-ffi features.

    The lowest `abi3-py3*` feature wins; bare `abi3` means the interpreter's own
    version. Free-threaded CPython before 3.15, PyPy and GraalPy get their own
    ABI. Without an interpreter, the feature decides, with PyO3's warning.
    Raises `ConfigurationError` for a feature above the interpreter's version,
    and `InterpreterNeededError` where no feature names a version.
    """
    triple = parse_triple(target) if isinstance(target, str) else target
    wanted = read_features(release, features)
    if interpreter is None:
        return _abi_without_interpreter(release, wanted, triple)
    forward = env.get("PYO3_USE_ABI3_FORWARD_COMPATIBILITY") == "1"
    stable = _select_stable(release, wanted, interpreter, forward=forward)
    if stable is None:
        return version_specific_abi(interpreter)
    kind, version = stable
    if version > interpreter.minor_version:
        _refuse_version(kind, version, interpreter)
    highest = (3, release.abi3_maximum)
    if release.at_least(26) and version > highest:
        log.warn(
            f"Automatically falling back to {kind}-py3{highest[1]} because current "
            "Python is higher than the maximum supported"
        )
        version = highest
    return _stable_abi(kind, version, triple, interpreter)


def _abi_without_interpreter(
    release: Pyo3Release, wanted: BuildFeatures, target: Triple
) -> Abi:
    version = wanted.abi3_version or wanted.abi3t_version
    if version is None:
        example = f"abi3-py3{release.abi3_features[-3]}"
        raise InterpreterNeededError(
            "no Python interpreter, and no cargo feature that names an ABI",
            why=[
                "the bare feature abi3 takes its version from an interpreter"
                if wanted.abi3
                else "a version-specific extension module is for one Python",
            ],
            fix=f"choose a Python with --interpreter, or enable a feature of pyo3 "
            f"such as {example}",
        )
    log.warn("Compiling without a working Python interpreter.")
    kind: Literal["abi3", "abi3t"] = "abi3" if wanted.abi3_version else "abi3t"
    return _stable_abi(kind, version, target, None)


def _select_stable(
    release: Pyo3Release,
    wanted: BuildFeatures,
    interpreter: Interpreter,
    *,
    forward: bool,
) -> tuple[Literal["abi3", "abi3t"], Version] | None:
    if interpreter.implementation != "CPython":
        return None
    version = interpreter.minor_version
    free_threaded = interpreter.gil_disabled
    if wanted.abi3t and version >= (3, 15):
        return "abi3t", wanted.abi3t_version or version
    abi3 = wanted.abi3 or (forward and not release.has_target_abi)
    if abi3 and not free_threaded:
        return "abi3", wanted.abi3_version or version
    return None


def _refuse_version(kind: str, version: Version, interpreter: Interpreter) -> None:
    lowest = f"{version[0]}.{version[1]}"
    major, minor = interpreter.minor_version
    raise ConfigurationError(
        f"cannot set a minimum Python version {lowest} higher than the interpreter "
        f"version {major}.{minor} (the minimum Python version is implied by the "
        f"{kind}-py3{version[1]} feature)",
        fix=f"build with Python {lowest} or newer, or lower the {kind}-py3* feature "
        "of pyo3 in Cargo.toml",
    )


def _stable_abi(
    kind: Literal["abi3", "abi3t"],
    version: Version,
    target: Triple,
    interpreter: Interpreter | None,
) -> Abi:
    major, minor = version
    return Abi(
        kind=kind,
        implementation="CPython",
        version=version,
        python_tag=f"cp{major}{minor}",
        abi_tag="abi3" if kind == "abi3" else "abi3.abi3t",
        extension_suffix=_stable_suffix(kind, version, target, interpreter),
    )


def _stable_suffix(
    kind: str, version: Version, target: Triple, interpreter: Interpreter | None
) -> str:
    if target.is_windows:
        debug = interpreter is not None and interpreter.debug
        return "_d.pyd" if debug else ".pyd"
    if target.system == "cygwin":
        return f".{kind}.dll"
    # From 3.15 on the name tells the platform too, where the interpreter has one.
    platform = interpreter.soabi_platform if interpreter else ""
    if kind == "abi3" and version >= (3, 15) and platform:
        return f".abi3-{platform}.so"
    return f".{kind}.so"


def version_specific_abi(interpreter: Interpreter) -> Abi:
    """Return the ABI that only this very interpreter has."""
    version = interpreter.minor_version
    python_tag, abi_tag = _specific_tags(
        interpreter.implementation,
        version,
        interpreter.implementation_version,
        free_threaded=interpreter.gil_disabled,
        debug=interpreter.debug,
    )
    return Abi(
        kind="version",
        implementation=interpreter.implementation,
        version=version,
        python_tag=python_tag,
        abi_tag=abi_tag,
        extension_suffix=interpreter.ext_suffix,
    )


def foreign_abi(
    implementation: str,
    version: Version,
    target: Triple,
    *,
    implementation_version: Version = (25, 0),
    free_threaded: bool = False,
    debug: bool = False,
) -> Abi:
    """Return the ABI of a Python of another machine, by its platform's rules."""
    tags = _specific_tags(
        implementation,
        version,
        implementation_version,
        free_threaded=free_threaded,
        debug=debug,
    )
    suffix = _foreign_suffix(implementation, version, tags, target)
    return Abi("version", implementation, version, *tags, suffix)


def _specific_tags(
    implementation: str,
    version: Version,
    implementation_version: Version,
    *,
    free_threaded: bool,
    debug: bool,
) -> tuple[str, str]:
    compact = f"{version[0]}{version[1]}"
    if implementation == "PyPy":
        # PyPy changed its ABI with Python 3.12.
        abi_version = "80" if version >= (3, 12) else "73"
        return f"pp{compact}", f"pypy{compact}_pp{abi_version}"
    if implementation == "GraalVM":
        release = "".join(map(str, implementation_version))
        return f"graalpy{compact}", f"graalpy{release}_{compact}_native"
    flags = ("t" if free_threaded else "") + ("d" if debug else "")
    flags += "m" if version < (3, 8) else ""
    return f"cp{compact}", f"cp{compact}{flags}"


def _foreign_suffix(
    implementation: str, version: Version, tags: tuple[str, str], target: Triple
) -> str:
    python_tag, abi_tag = tags
    name = abi_tag.replace("_", "-")
    if implementation == "CPython":
        name = f"cpython-{abi_tag[2:]}"
    platform = _platform_of_suffix(implementation, version, target)
    if target.is_windows:
        debug = "_d" if abi_tag.endswith("d") and implementation == "CPython" else ""
        tag = abi_tag.rstrip("dm") if implementation == "CPython" else name
        return f"{debug}.{tag or python_tag}-{platform}.pyd"
    if version < (3, 8) and not platform and implementation == "CPython":
        # Its import system knew no tagged names where there is no triplet.
        return ".so"
    return f".{name}-{platform}.so" if platform else f".{name}.so"


def _platform_of_suffix(  # noqa: PLR0911 - a table of systems
    implementation: str, version: Version, target: Triple
) -> str:
    """Return CPython's `PLATFORM_TRIPLET`, or PyPy's and GraalPy's word for it."""
    machine = target.architecture
    if implementation == "GraalVM":
        system = "win32" if target.is_windows else target.system
        return f"{machine}-{system}"
    if target.is_windows:
        return _WINDOWS_PLATFORMS.get(machine, machine)
    if target.is_darwin:
        return "darwin"
    if target.system == "ios":
        return "iphonesimulator" if target.is_simulator else "iphoneos"
    if target.system == "emscripten":
        return f"{machine}-emscripten"
    if target.system != "linux":
        return ""
    if implementation == "PyPy":
        return f"{_PYPY_MACHINES.get(machine, machine)}-linux-gnu"
    if machine.startswith(("arm", "thumb")):
        machine = "arm"  # of whatever version
    if target.is_android:
        # Before CPython supported Android it had no name for it.
        return f"{machine}-linux-{target.environment}" if version >= (3, 13) else ""
    machine = _MULTIARCH.get(machine, machine)
    # CPython before 3.11 says "gnu" on musl too.
    environment = target.environment or "gnu"
    if target.is_musl and version < (3, 11):
        environment = environment.replace("musl", "gnu")
    return f"{machine}-linux-{environment}"


def bare_suffix(
    abi: Abi, interpreter: Interpreter | None, style: BareStyle | None
) -> str:
    """Return the suffix of a file that is put beside Python code by hand.

    PyPy and GraalPy ignore every name but the tagged one. Raises
    `ConfigurationError` for the abi3 name of a module that is not abi3, and
    `InterpreterNeededError` for a tagged name without an interpreter.
    """
    if style is None or abi.implementation != "CPython":
        return abi.extension_suffix
    if style == "plain":
        ending = abi.extension_suffix.rpartition(".")[2]
        return f".{ending}"
    if style == "abi3":
        if abi.kind == "version":
            raise ConfigurationError(
                "the module is built for one Python version, not for abi3",
                fix="enable a feature of pyo3 such as abi3-py310, or use the tagged "
                "name",
            )
        return abi.extension_suffix
    if abi.kind == "version":
        return abi.extension_suffix
    if interpreter is None:
        raise InterpreterNeededError(
            "the tagged name of an abi3 module is that of an interpreter",
            fix="choose a Python with --interpreter",
        )
    return interpreter.ext_suffix
