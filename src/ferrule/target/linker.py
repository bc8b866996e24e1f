"""The C compiler that links for a target, found by its usual names.

rustc calls `cc` for most targets and leaves it to the user to name another one
(the guide, "Cross Compiling"; the Cargo Book, `target.<triple>.linker`). What the
user has configured is never replaced. The names are those of the GNU triplets of
distributions, of MinGW-w64, llvm-mingw, osxcross, the Android NDK and Emscripten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.errors.target import LinkerNotFoundError
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["Linker", "LinkerKind", "find_linker", "variable_name"]

LinkerKind = Literal["configured", "default", "system", "ndk", "emscripten"]
_GNU_MACHINES = {
    "armv7": "arm",
    "i586": "i686",
    "riscv64gc": "riscv64",
    "riscv64a23": "riscv64",
}
_NDK_MACHINES = {"armv7": "armv7a", "thumbv7neon": "armv7a"}
_ANDROID_API = 24
"""Oldest Android of PyPI's wheels that CPython supports well (PEP 738: 21)."""


@dataclass(frozen=True)
class Linker:
    """What links for one target, and what compiles C for it."""

    kind: LinkerKind
    program: str = ""
    """The linker to name to cargo; empty where cargo knows it already."""
    tools: Mapping[str, str] = field(default_factory=dict)
    """Programs by the variables of the cc crate: CC, CXX, AR, RANLIB."""
    reason: str = ""
    """Where it was found, in a few words."""

    def cargo_arguments(self, target: Triple) -> list[str]:
        """Return the arguments that name the linker to cargo."""
        if not self.program:
            return []
        quoted = self.program.replace("\\", "\\\\").replace('"', '\\"')
        return [f'--config=target.{target.text}.linker="{quoted}"']

    def variables(self, target: Triple, env: Mapping[str, str]) -> dict[str, str]:
        """Return the variables by which build scripts find the C compiler.

        Those that the user has set, for this target or for all, are left alone.
        """
        suffix = target.text.replace("-", "_")
        return {
            f"{name}_{suffix}": program
            for name, program in self.tools.items()
            if not _is_set(name, target, env)
        }


def find_linker(target: Triple, host: Triple, env: Mapping[str, str]) -> Linker:
    """Return what links for a target on this machine.

    `env` is the environment of cargo; configuration files of cargo are the
    caller's to look at. Raises `LinkerNotFoundError`, which lists what was looked
    for.
    """
    variable = variable_name(target)
    if env.get(variable):
        return Linker("configured", reason=variable)
    if target.is_android:
        return _android(target, env)
    if target.system == "emscripten":
        return _emscripten(target, env)
    tried: list[str] = []
    for prefix in _prefixes(target):
        for compiler in ("gcc", "clang"):
            name = f"{prefix}-{compiler}"
            tried.append(name)
            if find_command(name, env) is not None:
                return Linker("system", name, _tools(prefix, name, env), "on PATH")
    if _links_by_default(target, host):
        return Linker("default", reason=f"{host} links for it")
    if target.is_musl and target.architecture == host.architecture:
        tried.append("musl-gcc")
        if find_command("musl-gcc", env) is not None:
            return Linker("system", "musl-gcc", {"CC": "musl-gcc"}, "on PATH")
    raise LinkerNotFoundError(target.text, tried)


def variable_name(target: Triple) -> str:
    """Return the variable by which cargo is told the linker of a target."""
    return f"CARGO_TARGET_{target.text.upper().replace('-', '_')}_LINKER"


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


def _tools(prefix: str, compiler: str, env: Mapping[str, str]) -> dict[str, str]:
    plus = compiler.replace("gcc", "g++") if "gcc" in compiler else f"{compiler}++"
    others = {"CXX": plus, "AR": f"{prefix}-ar", "RANLIB": f"{prefix}-ranlib"}
    found = {
        name: program
        for name, program in others.items()
        if find_command(program, env) is not None
    }
    return {"CC": compiler, **found}


def _is_set(name: str, target: Triple, env: Mapping[str, str]) -> bool:
    # The names that the cc crate reads, in its order.
    suffix = target.text.replace("-", "_")
    names = (f"{name}_{target.text}", f"{name}_{suffix}", f"TARGET_{name}")
    return any(env.get(item) for item in names)


def _android(target: Triple, env: Mapping[str, str]) -> Linker:
    machine = _NDK_MACHINES.get(target.architecture, target.architecture)
    system = "androideabi" if machine.startswith("armv7") else "android"
    name = f"{machine}-linux-{system}{env.get('ANDROID_API_LEVEL') or _ANDROID_API}"
    tried = []
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
    raise LinkerNotFoundError(target.text, [*tried, f"{name}-clang"])


def _emscripten(target: Triple, env: Mapping[str, str]) -> Linker:
    # rustc calls emcc by itself.
    if find_command("emcc", env) is None:
        raise LinkerNotFoundError(target.text, ["emcc"])
    tools = {"CC": "emcc", "CXX": "em++", "AR": "emar", "RANLIB": "emranlib"}
    return Linker("emscripten", "", tools, "on PATH")
