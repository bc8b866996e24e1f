"""cross: cargo in a container that has the toolchain of the target.

Here is only found out whether it can run; what it is told is `cargo/container.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from ferrule.errors.target import ContainerEngineError, CrossNotFoundError
from ferrule.python.search import find_command
from ferrule.target.linkers.model import Linker

__all__ = ["cross_linker", "is_cross"]


def is_cross(program: str) -> bool:
    """Return whether a program that stands for cargo is cross."""
    name = program.replace("\\", "/").rpartition("/")[2].lower()
    return name in ("cross", "cross.exe")


def cross_linker(env: Mapping[str, str]) -> Linker:
    """Return cross as what links, and compiles, for a target.

    `FERRULE_CROSS` may name it. Raises `CrossNotFoundError` and `ContainerEngineError`.
    """
    wanted = env.get("FERRULE_CROSS") or "cross"
    program = find_command(wanted, env)
    if program is None:
        raise CrossNotFoundError(f"`{wanted}`")
    chosen = env.get("CROSS_CONTAINER_ENGINE")
    engines = [chosen] if chosen else ["docker", "podman"]
    engine = next((name for name in engines if find_command(name, env)), None)
    if engine is None:
        raise ContainerEngineError(engines)
    return Linker("cross", reason=f"{program} with {engine}", container=program)
