"""How programs for a target run on this machine, if they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["find_runner"]

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


def find_runner(
    target: Triple, host: Triple, env: Mapping[str, str], *, formats: Path = _FORMATS
) -> str:
    """Return what runs programs for a target here, in a few words; empty if nothing.

    `formats` is where Linux lists the emulators that it starts by itself.
    """
    variable = f"CARGO_TARGET_{target.text.upper().replace('-', '_')}_RUNNER"
    runner = ""
    if env.get(variable):
        runner = f"{env[variable]} ({variable})"
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
    return "wine" if machine in ("x86_64", "i686") and _has("wine", env) else ""


def _runner_of_linux(
    target: Triple, host: Triple, env: Mapping[str, str], formats: Path
) -> str:
    if target.architecture == host.architecture:
        # The loader of the other C library is what it takes.
        return "this machine, with its C library"
    name = _EMULATORS.get(target.architecture, target.architecture)
    if (formats / f"qemu-{name}").is_file():
        return f"qemu-{name}, by the kernel"
    found = [one for one in (f"qemu-{name}", f"qemu-{name}-static") if _has(one, env)]
    return f"{found[0]} -L ROOT" if found else ""


def _has(name: str, env: Mapping[str, str]) -> bool:
    return find_command(name, env) is not None
