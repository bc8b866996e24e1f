"""Compilers that link for a target, found by their usual names.

The names are those of the GNU triplets of distributions, of MinGW-w64, llvm-mingw,
osxcross, the Android NDK and Emscripten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.python.search import find_command
from ferrule.target.linkers.model import Linker, names_compiler

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["compiler_tools", "find_system_linker", "is_musl_wrapper"]

_GNU_MACHINES = {
    "armv7": "arm",
    "i586": "i686",
    "riscv64gc": "riscv64",
    "riscv64a23": "riscv64",
}
_NDK_MACHINES = {"armv7": "armv7a", "thumbv7neon": "armv7a"}
_COMPILER = re.compile(r"(.+)-(?:gcc|clang|cc)(?:-[\d.]+)?(?:\.exe)?")
_ANDROID_API = 24
"""Oldest Android of PyPI's wheels that CPython supports well (PEP 738: 21)."""


def find_system_linker(
    target: Triple, host: Triple, env: Mapping[str, str], tried: list[str]
) -> Linker | None:
    """Return the compiler on this machine that links for a target, or None.

    `tried` receives the names that were looked for.
    """
    if target.is_android:
        return _android(target, env, tried)
    if target.system == "emscripten":
        return _emscripten(env, tried)
    named = _of_name(target, env, tried) or _of_variables(target, env, tried)
    if named is not None:
        return named
    if _links_by_default(target, host):
        return Linker("default", reason=f"{host} links for it")
    if target.is_musl and target.architecture == host.architecture:
        tried.append("musl-gcc")
        if find_command("musl-gcc", env) is not None:
            return Linker("system", "musl-gcc", {"CC": "musl-gcc"}, "on PATH")
    return None


def _of_name(target: Triple, env: Mapping[str, str], tried: list[str]) -> Linker | None:
    # Rust's gnullvm targets need LLVM's unwinder, which GCC does not bring.
    compilers = ("clang",) if target.environment == "gnullvm" else ("gcc", "clang")
    for prefix in _prefixes(target):
        for compiler in compilers:
            name = f"{prefix}-{compiler}"
            tried.append(name)
            if find_command(name, env) is not None:
                return Linker("system", name, _tools(prefix, name, env), "on PATH")
    return None


def is_musl_wrapper(linker: Linker, env: Mapping[str, str]) -> bool:
    """Return whether a linker is the script that points this machine's GCC at musl.

    It links programs, and no libraries: GCC's shared unwinder is for glibc.
    """
    path = find_command(linker.program, env) if "musl" in linker.program else None
    if path is None:
        return False
    try:
        with open(path, "rb") as stream:
            start = stream.read(512)
    except OSError:
        return False
    return start.startswith(b"#!") and b"musl-gcc.specs" in start


def _links_by_default(target: Triple, host: Triple) -> bool:
    """Return whether the host's own compiler links for the target."""
    if host.is_darwin:
        return target.is_darwin or target.system == "ios"
    if host.is_windows:
        return target.is_windows and target.environment == host.environment
    same_system = (target.system, target.environment) == (host.system, host.environment)
    # rustc asks gcc for 32 bits with -m32, which multilib packages can do.
    machines = {target.architecture, host.architecture}
    is_narrower = machines == {"i686", "x86_64"} and target.is_x86_32
    return same_system and (len(machines) == 1 or is_narrower)


def _prefixes(target: Triple) -> Iterator[str]:
    machine = _GNU_MACHINES.get(target.architecture, target.architecture)
    if target.is_windows:
        if target.environment.startswith("gnu"):
            yield f"{target.architecture}-w64-mingw32"
        return
    if target.is_darwin:
        yield {"aarch64": "oa64", "x86_64": "o64"}.get(machine, machine)
        return
    system = target.system
    if system == "linux":
        yield f"{machine}-linux-{target.environment}"
        yield f"{target.architecture}-linux-{target.environment}"
        if target.is_musl:
            yield f"{machine}-alpine-linux-{target.environment}"
    yield f"{machine}-{target.vendor}-{system}{_dash(target.environment)}"


def _dash(text: str) -> str:
    return f"-{text}" if text else ""


def compiler_tools(
    program: str, target: Triple, env: Mapping[str, str]
) -> dict[str, str]:
    """Return the tools beside a compiler that somebody has named for a target.

    Empty where its name does not tell that it is one, as that of a script.
    """
    if not names_compiler(program, target) or find_command(program, env) is None:
        return {}
    found = _COMPILER.fullmatch(program)
    return _tools(found[1], program, env) if found is not None else {}


def _of_variables(
    target: Triple, env: Mapping[str, str], tried: list[str]
) -> Linker | None:
    """Return the compiler that the variables of the cc crate name for a target.

    `CC` itself counts if its name tells the target's machine. One with arguments is
    no linker for cargo, which takes a program.
    """
    suffix = target.text.replace("-", "_")
    for name in (f"CC_{target.text}", f"CC_{suffix}", "TARGET_CC", "CC"):
        program = env.get(name, "")
        if not program or (name == "CC" and not names_compiler(program, target)):
            continue
        if find_command(program, env) is not None:
            tools = compiler_tools(program, target, env)
            return Linker("system", program, tools, f"{name} names it")
        first, *arguments = program.split()
        told = f"{program} ({name})"
        if arguments and find_command(first, env) is not None:
            flags = " ".join(f"-C link-arg={word}" for word in arguments)
            told += f": cargo takes {first} alone, the rest as rustflags ({flags})"
        tried.append(told)
    return None


def _tools(prefix: str, compiler: str, env: Mapping[str, str]) -> dict[str, str]:
    others = {
        "CXX": _plus(compiler),
        "AR": f"{prefix}-ar",
        "RANLIB": f"{prefix}-ranlib",
        # The crate pkg-config refuses to cross without one for the target.
        "PKG_CONFIG": f"{prefix}-pkg-config",
    }
    found = {
        name: program
        for name, program in others.items()
        if find_command(program, env) is not None
    }
    return {"CC": compiler, **found}


def _plus(compiler: str) -> str:
    """Return the C++ compiler beside a C compiler: `g++-12`, `clang++`, `c++`."""
    start, dash, name = compiler.rpartition("-")
    if name[:1].isdigit():
        return f"{_plus(start)}{dash}{name}"
    for plain, plus in (("gcc", "g++"), ("clang", "clang++"), ("cc", "c++")):
        if name.startswith(plain):
            return f"{start}{dash}{plus}{name[len(plain) :]}"
    return compiler


def _android(target: Triple, env: Mapping[str, str], tried: list[str]) -> Linker | None:
    machine = _NDK_MACHINES.get(target.architecture, target.architecture)
    system = "androideabi" if machine.startswith("armv7") else "android"
    name = f"{machine}-linux-{system}{env.get('ANDROID_API_LEVEL') or _ANDROID_API}"
    for variable in ("ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_NDK", "NDK_HOME"):
        root = env.get(variable)
        if not root:
            continue
        for folder in sorted(Path(root, "toolchains/llvm/prebuilt").glob("*/bin")):
            clang = folder / f"{name}-clang"
            tried.append(str(clang))
            if clang.is_file():
                tools = {
                    "CC": str(clang),
                    "CXX": str(folder / f"{name}-clang++"),
                    "AR": str(folder / "llvm-ar"),
                    "RANLIB": str(folder / "llvm-ranlib"),
                }
                return Linker("ndk", str(clang), tools, variable)
    found = find_command(f"{name}-clang", env)
    if found is not None:
        return Linker("ndk", f"{name}-clang", {"CC": f"{name}-clang"}, "on PATH")
    tried.append(f"{name}-clang")
    return None


def _emscripten(env: Mapping[str, str], tried: list[str]) -> Linker | None:
    # rustc calls emcc by itself.
    tried.append("emcc")
    if find_command("emcc", env) is None:
        return None
    tools = {"CC": "emcc", "CXX": "em++", "AR": "emar", "RANLIB": "emranlib"}
    return Linker("emscripten", "", tools, "on PATH")
