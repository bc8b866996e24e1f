"""Finding out what a folder holds before it is registered."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.foreign_selection import read_folder, selector_of
from ferrule.python.registry import RegisteredPython, add_registered
from ferrule.python.selector import Name, parse_name
from ferrule.target.triple import Triple, parse_triple

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["register"]

_MACHINES = {"i386": "i686", "arm64": "aarch64", "riscv64": "riscv64gc"}


def register(
    folder: str,
    env: Mapping[str, str],
    *,
    target: str | None = None,
    name: str | None = None,
    version: str | None = None,
) -> RegisteredPython:
    """Register the Python that a folder holds and return what was registered.

    `target` and `version` decide where the folder does not. Raises
    `ConfigurationError`, `RegistryError` and `UnknownTripleError`.
    """
    wanted = parse_name(version) if version else None
    if version and wanted is None:
        raise ConfigurationError(
            f'"{version}" is no version of a Python', fix="write one such as 3.12"
        )
    triple = parse_triple(target) if target else _target_of(folder)
    found = _read(folder, triple, wanted)
    python = selector_of(found)
    row = RegisteredPython(
        name or f"{triple.text}-{python}", triple.text, python, os.path.abspath(folder)
    )
    add_registered(env, row)
    return row


def _read(folder: str, target: Triple, name: Name | None) -> Interpreter:
    return read_folder(folder, target, name, asked_by="add-target")


def _target_of(folder: str) -> Triple:
    from ferrule.python.foreign_files import describe_folder
    from ferrule.python.foreign_windows import windows_machine, windows_names

    said = [] if windows_names(folder) else describe_folder(folder)
    guesses = {guess for item in said if (guess := guess_target(item))}
    if windows_names(folder):
        machine = windows_machine(folder)
        guesses = {f"{machine}-pc-windows-msvc"} if machine else set()
    if len(guesses) == 1:
        return parse_triple(guesses.pop())
    seen = ", ".join(sorted(guesses)) or "nothing that tells a machine"
    raise ConfigurationError(
        f"cannot tell for which machine the Python in {folder} is",
        causes=[f"seen was: {seen}"],
        fix="name its Rust target with --target",
    )


def guess_target(variables: Mapping[str, str]) -> str:  # noqa: PLR0911 - a table
    """Return the Rust target that build-time variables speak of, or nothing.

    >>> guess_target({"SOABI": "cpython-311-aarch64-linux-gnu"})
    'aarch64-unknown-linux-gnu'
    """
    said = variables.get("SOABI", "").split("-", 2)[2:] or [""]
    host = variables.get("HOST_GNU_TYPE", "")
    words = (said[0] if "-" in said[0] else host).split("-")
    machine, system = words[0], words[-2:]
    machine = _MACHINES.get(machine, machine)
    text = "-".join(system)
    if "darwin" in host or said[0] == "darwin":
        apple = host.partition("-")[0]
        return f"{'x86_64' if apple == 'x86_64' else 'aarch64'}-apple-darwin"
    if "iphone" in said[0]:
        end = "-sim" if "simulator" in said[0] else ""
        return f"aarch64-apple-ios{end}"
    if "android" in text:
        return f"{'armv7' if machine == 'arm' else machine}-linux-{words[-1]}"
    if "emscripten" in text:
        return "wasm32-unknown-emscripten"
    if "freebsd" in host:
        return f"{'x86_64' if machine == 'amd64' else machine}-unknown-freebsd"
    if len(words) < 2 or "linux" not in text:
        return ""
    libc = words[-1]
    if machine == "arm":
        return f"{'armv7' if libc.endswith('hf') else 'arm'}-unknown-linux-{libc}"
    if "musl" in host and "musl" not in libc:
        libc = "musl"
    return f"{machine}-unknown-linux-{libc}"
