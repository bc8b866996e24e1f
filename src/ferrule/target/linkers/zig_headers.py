"""Where zig keeps the C headers of a target, for bindgen.

bindgen reads headers with libclang, not with the compiler that it is told, so it
finds those of this machine. zig passes these folders to its own clang
(`zig cc -v`); their names follow from the target.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

__all__ = ["clang_arguments"]

_FAMILIES: Final = {
    "x86_64": "x86",
    "thumb": "arm",
    "powerpc64": "powerpc",
    "powerpc64le": "powerpc",
    "riscv32": "riscv",
    "riscv64": "riscv",
    "loongarch64": "loongarch",
}
_GENERIC: Final = {
    ("linux", "gnu"): ("generic-glibc",),
    ("linux", "musl"): ("generic-musl",),
    ("windows", "gnu"): ("generic-mingw", "any-windows-any"),
    ("freebsd", "none"): ("generic-freebsd",),
    ("netbsd", "none"): ("generic-netbsd",),
    ("macos", "none"): ("any-darwin-any", "any-macos-any"),
}


def clang_arguments(zig: str, target: str) -> list[str]:
    """Return what libclang is told to find zig's headers for one of zig's targets.

    `zig` is the program's path, `target` such as `aarch64-linux-gnu.2.17`. Empty
    where its library folder is not where releases and distributions have it.
    """
    library = _library_folder(zig)
    if library is None:
        return []
    architecture, system, *rest = target.split("-")
    abi, _, version = (rest[0] if rest else "none").partition(".")
    names = _names(architecture, system, abi.partition("eabi")[0])
    base = os.path.join(library, "libc", "include")
    found = [
        path
        for name in dict.fromkeys(names)
        if os.path.isdir(path := os.path.join(base, name))
    ]
    if not found:
        return []
    folders = [f"-isystem{path}" for path in found]
    # libclang's own headers go before zig's, which are of another clang.
    arguments = ["-nostdlibinc", *folders, f"-idirafter{library}/include"]
    if version:
        arguments.append(f"-D__GLIBC_MINOR__={version.split('.')[1]}")
    return arguments


def _library_folder(zig: str) -> str | None:
    folder = os.path.dirname(os.path.realpath(zig))
    for words in (("lib",), ("..", "lib", "zig"), ("..", "lib")):
        path = os.path.normpath(os.path.join(folder, *words))
        if os.path.isdir(os.path.join(path, "libc", "include")):
            return path
    return None


def _names(architecture: str, system: str, abi: str) -> Iterator[str]:
    family = _FAMILIES.get(architecture, architecture)
    yield f"{architecture}-{system}-{abi}"
    yield f"{family}-{system}-{abi}"
    yield from _GENERIC.get((system, abi), ())
    yield f"{family}-{system}-any"
    yield f"any-{system}-any"
