"""What links for a target: the answer that every way of linking gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["Linker", "LinkerKind", "variable_name"]

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
    """Programs and flags by the variables of the cc crate: CC, CXX, AR, RANLIB."""
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
            if not _is_set(name, target, env)
        }
        return {**self.environment, **named}


def variable_name(target: Triple) -> str:
    """Return the variable by which cargo is told the linker of a target."""
    return f"CARGO_TARGET_{target.text.upper().replace('-', '_')}_LINKER"


def _is_set(name: str, target: Triple, env: Mapping[str, str]) -> bool:
    # The names that the cc crate reads, in its order.
    suffix = target.text.replace("-", "_")
    names = (f"{name}_{target.text}", f"{name}_{suffix}", f"TARGET_{name}")
    return any(env.get(item) for item in names)
