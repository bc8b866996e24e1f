"""How programs for a target run on this machine, if they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["configured_runner", "emulators", "find_runner"]

_EMULATORS: Final = {
    "armv7": "arm",
    "i586": "i386",
    "i686": "i386",
    "powerpc64le": "ppc64le",
    "powerpc64": "ppc64",
    "riscv64gc": "riscv64",
}
"""QEMU's names of processors that Rust names otherwise."""
_FORMATS: Final = Path("/proc/sys/fs/binfmt_misc")


def configured_runner(target: Triple, env: Mapping[str, str]) -> tuple[str, str]:
    """Return cargo's variable for a target's runner, and what it holds."""
    variable = f"CARGO_TARGET_{target.text.upper().replace('-', '_')}_RUNNER"
    return variable, env.get(variable, "")


def emulators(target: Triple) -> tuple[str, ...]:
    """Return the programs that run a target's under Linux: any one of them."""
    if target.is_windows:
        return ("wine",) if target.architecture in ("x86_64", "i686") else ()
    if target.system == "linux" and not target.is_android:
        name = _emulated(target)
        return (f"qemu-{name}", f"qemu-{name}-static")
    return ()


def _emulated(target: Triple) -> str:
    return _EMULATORS.get(target.architecture, target.architecture)


def find_runner(
    target: Triple, host: Triple, env: Mapping[str, str], *, formats: Path = _FORMATS
) -> str:
    """Return what runs programs for a target here, in a few words; empty if nothing.

    `formats` is where Linux lists the emulators that it starts by itself.
    """
    variable, configured = configured_runner(target, env)
    runner = ""
    if configured:
        runner = f"{configured} ({variable})"
    elif target.text == host.text:
        runner = "this machine"
    elif target.is_windows:
        runner = _runner_of_windows(target, host, env)
    elif target.is_darwin:
        is_intel = target.architecture == "x86_64"
        runner = "Rosetta" if host.is_darwin and is_intel else ""
    elif target.system == "emscripten":
        runner = "node" if _has("node", env) else ""
    elif target.system == host.system == "linux" and not target.is_android:
        runner = _runner_of_linux(target, host, env, formats)
    return runner


def _runner_of_windows(target: Triple, host: Triple, env: Mapping[str, str]) -> str:
    machine = target.architecture
    if host.is_windows:
        known = {"x86_64": ("x86_64", "i686"), "aarch64": ("aarch64", "x86_64", "i686")}
        machines = known.get(host.architecture, (host.architecture,))
        return "this machine" if machine in machines else ""
    return "".join(_present(target, env)[:1])


def _runner_of_linux(
    target: Triple, host: Triple, env: Mapping[str, str], formats: Path
) -> str:
    if target.architecture == host.architecture:
        # The loader of the other C library is what it takes.
        return "this machine, with its C library"
    name = f"qemu-{_emulated(target)}"
    if (formats / name).is_file():
        return f"{name}, by the kernel"
    found = _present(target, env)
    return f"{found[0]} -L ROOT" if found else ""


def _present(target: Triple, env: Mapping[str, str]) -> list[str]:
    return [name for name in emulators(target) if _has(name, env)]


def _has(name: str, env: Mapping[str, str]) -> bool:
    return find_command(name, env) is not None
