"""What links for a target: the answer that every way of linking gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["Linker", "LinkerKind", "names_compiler", "variable_name"]

_NOT_OF_HOST: Final = (
    "BINDGEN_EXTRA_CLANG_ARGS",
    "CMAKE_TOOLCHAIN_FILE",
    "PKG_CONFIG",
)
"""Variables that crates read for the target where there is none with its name."""
_MACHINES: Final = {
    "arm": ("arm", "armv6"),
    "armv7": ("arm", "armv7"),
    "i586": ("i586", "i686"),
    "riscv64gc": ("riscv64",),
    "riscv64a23": ("riscv64",),
}
LinkerKind = Literal[
    "configured",
    "default",
    "system",
    "ndk",
    "emscripten",
    "zig",
    "xwin",
    "cross",
]


@dataclass(frozen=True)
class Linker:
    """What links for one target, and what compiles C for it."""

    kind: LinkerKind
    program: str = ""
    """The linker to name to cargo; empty where cargo knows it already."""
    tools: Mapping[str, str] = field(default_factory=dict)
    """Programs and flags by the variables that build scripts read: those of the
    crates cc (CC, CXX, AR, RANLIB), cmake, pkg-config and bindgen."""
    reason: str = ""
    """Where it was found, in a few words."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further variables that the programs need when cargo starts them."""
    label: str = ""
    """Names the folder of what it links, where another linker's must not mix."""
    container: str = ""
    """The program that runs cargo in a container instead of here."""

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
        named = {
            f"{name}_{suffix}": program
            for name, program in self.tools.items()
            if not self._is_set(name, target, env)
        }
        return {**self.environment, **named}

    def _is_set(self, name: str, target: Triple, env: Mapping[str, str]) -> bool:
        # The names that the crates read, in their order.
        suffix = target.text.replace("-", "_")
        names = (f"{name}_{target.text}", f"{name}_{suffix}", f"TARGET_{name}")
        if any(env.get(item) for item in names):
            return True
        if name in _NOT_OF_HOST:
            return bool(env.get(name))
        # `CC` is mostly this machine's; Yocto and conda-build put the target's there.
        is_chosen = self.kind in ("zig", "xwin")
        return not is_chosen and names_compiler(env.get(name, ""), target)


def names_compiler(command: str, target: Triple) -> bool:
    """Return whether a command is by its name a tool for a target.

    Such as `aarch64-poky-linux-gcc --sysroot=...`, or a path that ends so.
    """
    words = command.split()
    if not words:
        return False
    name = words[0].replace("\\", "/").rpartition("/")[2]
    machine = target.architecture
    starts = _MACHINES.get(machine, (machine,))
    if "-" not in name or not name.partition("-")[0].startswith(starts):
        return False
    return all(
        any(part in name for part in parts) == is_meant
        for parts, is_meant in (
            (("musl",), target.is_musl),
            (("mingw", "windows"), target.is_windows),
            (("android",), target.is_android),
            (("apple", "darwin"), target.is_darwin),
        )
    )


def variable_name(target: Triple) -> str:
    """Return the variable by which cargo is told the linker of a target."""
    return f"CARGO_TARGET_{target.text.upper().replace('-', '_')}_LINKER"
