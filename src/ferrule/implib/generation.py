"""Puts the import library that a build needs into a folder.

What is linked is told by PyO3's configuration: the library's name, and the ABI.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.implib.machine import parse_machine
from ferrule.implib.python import PythonLibrary, find_python_library

if TYPE_CHECKING:
    from ferrule.implib.archive import Flavor
    from ferrule.python.config import InterpreterConfig, TargetAbi
    from ferrule.target.triple import Triple

__all__ = ["ensure_import_library", "flavor_of", "library_of_config"]

_PYTHON_ORG: Final = re.compile(r"python3(?P<minor>\d+)?(?P<tail>t?(?:_d)?)")
_MSYS2: Final = re.compile(
    r"(?:lib)?(?P<name>python3(?:\.(?P<version>\d+t?)|(?=t?$)t?))"
)
_IMPLEMENTATIONS: Final = {"PyPy": "pypy", "GraalVM": "graalpy"}


def ensure_import_library(
    config: InterpreterConfig, triple: Triple, directory: Path
) -> Path:
    """Return the import library for a configuration in a folder, written if needed.

    A file that is right already is left alone, so that nothing is linked again.
    Raises `UnknownPythonError`, `UnknownMachineError` and `WriteError`.
    """
    from ferrule.atomic import write_bytes

    machine = parse_machine(triple.text)
    library = library_of_config(config)
    flavor = flavor_of(triple)
    path = directory / library.file_name(flavor)
    content = library.content(machine)
    if not _holds(path, content):
        write_bytes(path, content)
    return path


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def flavor_of(triple: Triple) -> Flavor:
    """Return whose names the linker of a Windows target looks for.

    `gnullvm` is LLVM's linker in the manner of GNU's.
    """
    return "gnu" if triple.environment.startswith("gnu") else "msvc"


def library_of_config(config: InterpreterConfig) -> PythonLibrary:
    """Return what the library that a configuration names is written from.

    Raises `UnknownPythonError`.
    """
    abi, name = config.abi, config.lib_name
    if name is None:
        return find_python_library(_spec_of_abi(abi))
    if abi.implementation in _IMPLEMENTATIONS:
        # The same DLL under one of three names, as PyO3's releases changed it.
        version = f"{abi.version[0]}.{abi.version[1]}"
        kind = _IMPLEMENTATIONS[abi.implementation]
        return find_python_library(kind + version).named(name)
    match = _PYTHON_ORG.fullmatch(name)
    if match is not None:
        if match["minor"]:
            return find_python_library(f"3.{match['minor']}{match['tail']}")
        return find_python_library(_stable_spec(abi, match["tail"]))
    match = _MSYS2.fullmatch(name)
    if match is None:
        return find_python_library(name)
    version = match["version"]
    tail = "t" if match["name"].endswith("t") else ""
    spec = f"3.{version}" if version else _stable_spec(abi, tail)
    dll = f"lib{match['name']}.dll"
    return find_python_library(spec).named(name, dll)


def _stable_spec(abi: TargetAbi, tail: str) -> str:
    threaded = "t" if tail.startswith("t") else ""
    debug = "_d" if tail.endswith("_d") else ""
    return f"abi3{threaded}-{abi.version[0]}.{abi.version[1]}{debug}"


def _spec_of_abi(abi: TargetAbi) -> str:
    version = f"{abi.version[0]}.{abi.version[1]}"
    kind = _IMPLEMENTATIONS.get(abi.implementation, "")
    if kind:
        return kind + version
    debug = "_d" if abi.debug else ""
    if abi.is_stable:
        return f"{abi.kind}-{version}{debug}"
    return version + ("t" if abi.is_free_threaded else "") + debug
