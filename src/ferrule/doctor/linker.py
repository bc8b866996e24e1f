"""Findings about the linker: which one is used, and whether it is there.

rustc starts a driver (`cc`), which starts a linker. The driver comes from
`target.<triple>.linker`; `-fuse-ld` in the flags chooses the linker, otherwise
the driver's default, or rustc's own lld (x86-64 Linux from Rust 1.90 on).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.doctor.cargo_settings import configured
from ferrule.doctor.finding import Finding
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain
    from ferrule.doctor.cargo_settings import CargoConfig

__all__ = ["check_cross_tools", "check_linker"]

_OWN_LLD: Final = ("x86_64-unknown-linux-gnu", (1, 90))
_CROSS_TOOLS: Final = ("zig", "cargo-zigbuild", "cargo-xwin", "cross")


def check_linker(
    toolchain: Toolchain,
    configs: Sequence[CargoConfig],
    env: Mapping[str, str],
    sysroot: Path | None,
) -> list[Finding]:
    """Return the driver and the linker of the host, missing ones as errors."""
    host = toolchain.host
    if "windows-msvc" in host:
        # rustc finds link.exe through the registry and COM, not through PATH.
        return []
    driver, origin = _driver(host, configs, env)
    program = driver if os.path.isabs(driver) else find_command(driver, env)
    if program is None or not os.path.isfile(program):
        return [_missing(driver, origin, _install_driver(driver))]
    flags, flags_origin = _flags(host, configs, env)
    chosen = _chosen_linker(flags)
    if chosen is not None:
        own = _own_lld(toolchain, sysroot)
        found = _find_linker(chosen, env, own)
        if found is None:
            package = {"lld": "lld", "mold": "mold"}.get(chosen, "binutils")
            return [_missing(chosen, flags_origin, _install(package))]
        what = f"{driver} with {chosen}: {found}"
        return [Finding("linker", "ok", what, (f"chosen by {flags_origin}",))]
    detail = f"driver: {program} ({origin})"
    is_off = any("linker-features=-lld" in flag for flag in flags)
    own_lld = None if is_off else _own_lld(toolchain, sysroot)
    return [_default_linker(host, own_lld, driver, detail, env)]


def _default_linker(
    host: str, own_lld: Path | None, driver: str, detail: str, env: Mapping[str, str]
) -> Finding:
    if own_lld is not None:
        return Finding("linker", "ok", f"{driver} with rustc's own lld", (detail,))
    default = find_command("ld", env)
    if default is None and "linux" in host:
        return _missing("ld", f"the default of {driver}", _install("binutils"))
    what = f"{driver} with its default linker"
    if default is not None:
        what += f": {os.path.realpath(default)}"
    return Finding("linker", "ok", what, (detail,))


def _missing(program: str, origin: str, remedy: str) -> Finding:
    return Finding(
        "linker-missing",
        "error",
        f"the linker {program} is not on this machine",
        (f"wanted by {origin}",),
        "cargo compiles every crate and fails at the first build script or module",
        (remedy,),
    )


def _variable(host: str, name: str) -> str:
    return f"CARGO_TARGET_{host.upper().replace('-', '_')}_{name}"


def _driver(
    host: str, configs: Sequence[CargoConfig], env: Mapping[str, str]
) -> tuple[str, str]:
    variable = _variable(host, "LINKER")
    if env.get(variable):
        return env[variable], variable
    found = configured(configs, f"target.{host}.linker")
    if found is not None and isinstance(found[0], str):
        value, path = found
        if "/" in value and not os.path.isabs(value):
            value = str(path.parent.parent / value)
        return value, f"target.{host}.linker in {path}"
    return "cc", "rustc's default"


def _flags(
    host: str, configs: Sequence[CargoConfig], env: Mapping[str, str]
) -> tuple[list[str], str]:
    """Return the flags that hold for the host, and where they come from."""
    if env.get("CARGO_ENCODED_RUSTFLAGS"):
        words = env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")
        return words, "CARGO_ENCODED_RUSTFLAGS"
    for name in ("RUSTFLAGS", _variable(host, "RUSTFLAGS")):
        if env.get(name):
            return env[name].split(), name
    words, origins = [], []
    for item in configs:
        targets = item.content.get("target")
        for key, table in (targets if isinstance(targets, dict) else {}).items():
            fits = key == host or (key.startswith("cfg(") and _fits(key, host))
            if fits and isinstance(table, dict) and "rustflags" in table:
                words += _words(table["rustflags"])
                origins.append(f"target.{key}.rustflags in {item.path}")
    if words:
        return words, origins[0]
    found = configured(configs, "build.rustflags")
    if found is not None:
        return _words(found[0]), f"build.rustflags in {found[1]}"
    return [], ""


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)]


def _fits(condition: str, host: str) -> bool:
    """Whether a simple `cfg(...)` holds for the host; False where it is not simple."""
    values = re.findall(r'target_os\s*=\s*"(\w+)"', condition)
    if "not(" in condition or len(values) != 1:
        return condition in ("cfg(unix)", "cfg(all())")
    system = {"macos": "darwin"}.get(values[0], values[0])
    return system in host


def _chosen_linker(flags: Sequence[str]) -> str | None:
    text = " ".join(flags)
    found = re.findall(r"-fuse-ld=(\S+)", text) or re.findall(r"--ld-path=(\S+)", text)
    return found[-1] if found else None


def _find_linker(name: str, env: Mapping[str, str], own: Path | None) -> str | None:
    if os.path.isabs(name):
        return name if os.path.isfile(name) else None
    for command in (f"ld.{name}", f"ld64.{name}", name):
        found = find_command(command, env)
        if found is not None:
            return found
    return str(own) if name == "lld" and own is not None else None


def _own_lld(toolchain: Toolchain, sysroot: Path | None) -> Path | None:
    """Return the lld that rustc names to the driver, where it does so."""
    host, release = _OWN_LLD
    if sysroot is None or toolchain.host != host or toolchain.release < release:
        return None
    path = sysroot / "lib" / "rustlib" / host / "bin" / "gcc-ld" / "ld.lld"
    return path if path.is_file() else None


def _install_driver(driver: str) -> str:
    if os.path.basename(driver) not in ("cc", "gcc"):
        return _install(os.path.basename(driver))
    if sys.platform == "darwin":
        return "xcode-select --install"
    return _install("gcc")


def _install(package: str) -> str:
    for mark, command in (
        ("/etc/debian_version", "sudo apt install"),
        ("/etc/redhat-release", "sudo dnf install"),
        ("/etc/alpine-release", "sudo apk add"),
        ("/etc/arch-release", "sudo pacman -S"),
    ):
        if os.path.exists(mark):
            return f"{command} {package}"
    return f"brew install {package}"


def check_cross_tools(env: Mapping[str, str]) -> list[Finding]:
    """Return the tools for other platforms that are on PATH."""
    found = [name for name in _CROSS_TOOLS if find_command(name, env)]
    if not found:
        return []
    return [Finding("linker-cross", "ok", f"for other platforms: {', '.join(found)}")]
