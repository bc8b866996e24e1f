"""Pythons of other machines, described without running them.

What a foreign Python is called, how its extension modules are named and how
wide its pointers are follows from its implementation, version and platform. The
rules are those of CPython's `configure` and `getpath` (PEP 3149, PEP 703), of
PyPy's `_imp` and of GraalPy. What was seen of real ones (`recorded`) is believed
before them, and a `_sysconfigdata*.py` of the one that is meant before that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.abis import foreign_abi
from ferrule.python.interpreter import Interpreter
from ferrule.python.recorded import find_recorded, is_recorded

if TYPE_CHECKING:
    from ferrule.python.recorded import RecordedPython
    from ferrule.python.releases import Version
    from ferrule.python.selector import Name
    from ferrule.target.triple import Triple

__all__ = [
    "FOREIGN_VERSIONS",
    "describe_foreign",
    "existing_versions",
    "find_library_folder",
    "fits_target",
    "foreign_from_variables",
    "machine_of",
    "platform_of",
]

FOREIGN_VERSIONS: Final[Mapping[str, tuple[Version, ...]]] = {
    "CPython": tuple((3, minor) for minor in range(7, 16)),
    "PyPy": ((3, 9), (3, 10), (3, 11)),
    "GraalVM": ((3, 11), (3, 12)),
}
"""The minor versions that modules are built for without having one."""
_OLDEST: Final[Mapping[str, Version]] = {
    "android": (3, 13),
    "ios": (3, 13),
    "emscripten": (3, 10),
}
"""The first CPython of a system: PEP 738, PEP 730, Pyodide's releases."""
_RELEASES: Final = {
    ("PyPy", (3, 9)): (7, 3),
    ("PyPy", (3, 10)): (7, 3),
    ("PyPy", (3, 11)): (7, 3),
    ("GraalVM", (3, 11)): (24, 2),
    ("GraalVM", (3, 12)): (25, 0),
}
_SYSTEMS: Final = {
    "linux": "Linux",
    "darwin": "Darwin",
    "windows": "Windows",
    "ios": "iOS",
    "freebsd": "FreeBSD",
    "emscripten": "Emscripten",
}
_MACHINES: Final = {
    "armv7": "armv7l",
    "arm": "armv6l",
    "i586": "i686",
    "powerpc64le": "ppc64le",
    "powerpc64": "ppc64",
    "riscv64gc": "riscv64",
    "riscv64a23": "riscv64",
}


def existing_versions(target: Triple) -> dict[str, tuple[Version, ...]]:
    """Return the Pythons that there are for a target, of those in `FOREIGN_VERSIONS`.

    CPython has been ported to every system; of PyPy and GraalPy, it is those
    processors and systems of which one was seen (`recorded`).
    """
    found = {}
    for implementation, versions in FOREIGN_VERSIONS.items():
        oldest = _OLDEST.get(target.cargo_os, versions[0])
        if target.is_windows and target.architecture == "aarch64":
            oldest = (3, 11)
        if implementation == "CPython":
            found[implementation] = tuple(item for item in versions if item >= oldest)
        elif is_recorded(implementation, target):
            found[implementation] = versions
    return found


def describe_foreign(name: Name, target: Triple) -> Interpreter:
    """Return what is known of a Python of another machine by its name alone.

    `name` has at least a minor version. Raises `ConfigurationError` for a
    version that never existed as this kind of build.
    """
    version = (name.version[0], name.version[1])
    implementation = name.implementation
    if name.free_threaded and (implementation != "CPython" or version < (3, 13)):
        raise ConfigurationError(
            "free-threaded builds exist from CPython 3.13 on",
            causes=[f"wanted was {_display(name)} for {target}"],
            fix="leave the t away, or choose a newer version",
        )
    release = _RELEASES.get((implementation, version), version)
    abi = foreign_abi(
        implementation,
        version,
        target,
        implementation_version=release,
        free_threaded=name.free_threaded,
        debug=name.debug,
    )
    debug_flags = ("Py_DEBUG", "Py_REF_DEBUG") if name.debug else ()
    thread_flags = ("Py_GIL_DISABLED",) if name.free_threaded else ()
    letters = ("t" if name.free_threaded else "") + ("d" if name.debug else "")
    text = f"{version[0]}.{version[1]}{letters}"
    seen = find_recorded(implementation, text, target)
    is_old = version < (3, 8) and implementation == "CPython"
    suffix = seen.ext_suffix if seen else abi.extension_suffix
    return Interpreter(
        executable="",
        base_executable="",
        implementation=implementation,
        version=(*version, 0),
        implementation_version=release,
        pointer_width=target.pointer_width,
        system=_SYSTEMS.get(target.system, target.system),
        platform=_platform_seen(seen, target),
        machine=machine_of(target),
        soabi=(seen and seen.soabi) or _soabi(suffix, implementation, target),
        ext_suffix=suffix,
        soabi_platform=_soabi_platform(suffix, version, target),
        ld_version="" if target.is_windows else f"{text}m" if is_old else text,
        lib_dir="",
        base_prefix="",
        prefix="",
        shared=True,
        gil_disabled=name.free_threaded,
        debug=name.debug,
        build_flags=(*debug_flags, *thread_flags),
        framework="",
        framework_prefix=None,
        is_conda=False,
        cache_tag=f"cpython-{version[0]}{version[1]}",
    )


def foreign_from_variables(
    variables: Mapping[str, str], target: Triple, *, lib_dir: str
) -> Interpreter:
    """Return a foreign Python as its build-time variables describe it.

    `lib_dir` is where its libpython lies on this machine. Raises
    `ConfigurationError` where the variables are those of another platform or
    leave out what must be there.
    """
    from ferrule.python.described import describe_sysconfigdata
    from ferrule.python.releases import NEWEST_RELEASE
    from ferrule.python.selector import Name

    described = describe_sysconfigdata(NEWEST_RELEASE, variables)
    _check_width(described.pointer_width, variables, target)
    prefix = {"PyPy": "pypy", "GraalVM": "graalpy"}.get(described.implementation, "")
    name = Name(prefix, described.version, described.free_threaded, described.debug)
    rules = describe_foreign(name, target)
    from dataclasses import replace

    return replace(
        rules,
        soabi=variables.get("SOABI", rules.soabi),
        ext_suffix=variables.get("EXT_SUFFIX") or rules.ext_suffix,
        soabi_platform=variables.get("SOABI_PLATFORM", rules.soabi_platform),
        ld_version=described.ld_version or rules.ld_version,
        lib_dir=lib_dir,
        shared=described.shared,
        build_flags=described.build_flags,
        framework=variables.get("PYTHONFRAMEWORK", ""),
        framework_prefix=described.framework_prefix,
    )


def fits_target(interpreter: Interpreter, target: Triple) -> bool:
    """Return whether an interpreter of this machine is one of the target's own.

    A 32-bit Python on 64-bit Windows, or one for musl beside glibc.
    """
    libc = "musl" if "musl" in interpreter.soabi else ""
    return (
        interpreter.platform == platform_of(target)
        and interpreter.pointer_width == target.pointer_width
        and (target.system != "linux" or bool(libc) == target.is_musl)
    )


def machine_of(target: Triple) -> str:
    """Return what `platform.machine()` says on a target."""
    name = target.architecture
    if target.is_windows:
        return {"x86_64": "AMD64", "aarch64": "ARM64"}.get(name, "x86")
    if target.is_darwin or target.system == "ios":
        return "arm64" if name == "aarch64" else name
    if target.system == "freebsd" and name == "x86_64":
        return "amd64"
    return _MACHINES.get(name, name)


def platform_of(target: Triple) -> str:
    """Return what `sysconfig.get_platform()` says, as far as it can be known."""
    machine = machine_of(target)
    if target.is_windows:
        names = {"x86_64": "win-amd64", "aarch64": "win-arm64"}
        return names.get(target.architecture, "win32")
    if target.is_darwin:
        # The oldest that rustc compiles for.
        return f"macosx-{'11.0' if machine == 'arm64' else '10.12'}-{machine}"
    return f"{target.cargo_os}-{machine}"


def _platform_seen(seen: RecordedPython | None, target: Triple) -> str:
    # FreeBSD's holds its release; elsewhere it is that of the builder's machine.
    if seen is not None and seen.platform and target.system == "freebsd":
        return seen.platform
    return platform_of(target)


def _soabi(suffix: str, implementation: str, target: Triple) -> str:
    if target.is_windows:
        return ""
    name = suffix[1:].rpartition(".")[0]
    # PyPy's own variable ends before the platform.
    return "-".join(name.split("-")[:2]) if implementation == "PyPy" else name


def _soabi_platform(suffix: str, version: Version, target: Triple) -> str:
    if version < (3, 15) or target.system != "linux" or target.is_android:
        return ""
    # ".cpython-315-x86_64-linux-gnu.so": what follows the ABI tag.
    return suffix[1:].rpartition(".")[0].split("-", 2)[-1]


def _check_width(
    width: int | None, variables: Mapping[str, str], target: Triple
) -> None:
    if width is not None and width != target.pointer_width:
        raise ConfigurationError(
            f"the Python that was given is a {width}-bit one, and {target} has "
            f"{target.pointer_width}-bit pointers",
            causes=[f"its SOABI is {variables.get('SOABI', 'not known')}"],
            fix="point PYO3_CROSS_LIB_DIR to the Python of the target",
        )


def _display(name: Name) -> str:
    flags = ("t" if name.free_threaded else "") + ("d" if name.debug else "")
    return f"{name.implementation} {'.'.join(map(str, name.version))}{flags}"


def find_library_folder(lib_dir: str, ld_version: str) -> str:
    """Return the folder that holds libpython, given where its Python was found.

    Distributions keep `_sysconfigdata*.py` and libpython apart
    (`/usr/lib/python3.11` and `/usr/lib/aarch64-linux-gnu`), so the folders
    around are looked at too. The given folder where there is none.
    """
    given = Path(lib_dir)
    folders = [given, given.parent, given.parent.parent, given / "lib"]
    for folder in dict.fromkeys(folders):
        for place in (folder, *_children(folder)):
            if _has_library(place, ld_version):
                return str(place)
    return lib_dir


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if "-linux-" in entry.name or entry.name.startswith("config-")
            )
    except OSError:
        return []
    return [folder / name for name in names]


def _has_library(folder: Path, ld_version: str) -> bool:
    stem = f"libpython{ld_version}"
    paths = (folder / f"{stem}{end}" for end in (".so", ".dylib", ".a"))
    return any(os.path.isfile(path) for path in paths)
