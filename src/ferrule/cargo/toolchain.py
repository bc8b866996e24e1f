"""Which cargo runs, and which compiler is behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ferrule import cache
from ferrule.errors.cargo import (
    CargoNotFoundError,
    RustcError,
    ToolchainMissingError,
)
from ferrule.identity import file_identity
from ferrule.python.search import find_command
from ferrule.records import dataclass

__all__ = [
    "Toolchain",
    "ask_sysroot",
    "ask_target_list",
    "find_cargo",
    "find_rustc",
    "identify_toolchain",
]


@dataclass(frozen=True)
class Toolchain:
    """The compiler that cargo uses in one folder."""

    verbose_version: str
    """All of `rustc -vV`: part of every key that names compiled code."""
    host: str
    """The host triple."""
    release: tuple[int, int]
    """Major and minor release of rustc and cargo."""


def find_cargo(env: Mapping[str, str]) -> str:
    """Return the cargo to run: `CARGO`, then PATH, then rustup's usual place.

    Raises `CargoNotFoundError`.
    """
    chosen = env.get("CARGO")
    if chosen:
        found = find_command(chosen, env)
        if found is None:
            raise CargoNotFoundError(f"CARGO={chosen}")
        return found
    found = find_command("cargo", env)
    if found is None:
        home = env.get("CARGO_HOME") or os.path.join(os.path.expanduser("~"), ".cargo")
        found = find_command("cargo", {**env, "PATH": os.path.join(home, "bin")})
    if found is None:
        raise CargoNotFoundError("`cargo`")
    return found


def identify_toolchain(env: Mapping[str, str], folder: Path) -> Toolchain:
    """Return the toolchain that builds in `folder`.

    The answer of `rustc -vV` is cached by everything that rustup and cargo
    look at to choose the compiler. Raises `CargoNotFoundError`,
    `ToolchainMissingError` and `RustcError`.
    """
    rustc = find_rustc(env)
    key = _toolchain_key(rustc, env, folder)
    cached = cache.read_json(env, "toolchain", key)
    text = cached if isinstance(cached, str) else _ask_rustc(rustc, env, folder)
    if text != cached:
        cache.write_json(env, "toolchain", key, text)
    return _parse(text)


def find_rustc(env: Mapping[str, str]) -> str:
    """Return the compiler to run: `RUSTC`, then beside cargo, then PATH."""
    chosen = env.get("RUSTC")
    if chosen:
        return chosen
    beside = os.path.join(os.path.dirname(find_cargo(env)), "rustc")
    return beside if os.path.exists(beside) else find_command("rustc", env) or "rustc"


def _toolchain_key(rustc: str, env: Mapping[str, str], folder: Path) -> str:
    home = os.path.expanduser("~")
    rustup = env.get("RUSTUP_HOME") or os.path.join(home, ".rustup")
    toolchain = env.get("RUSTUP_TOOLCHAIN", "")
    facts: list[object] = [os.path.realpath(rustc), file_identity(rustc), toolchain]
    facts.append(file_identity(os.path.join(rustup, "settings.toml")))
    facts.append(file_identity(os.path.join(rustup, "toolchains")))
    facts += [
        file_identity(entry) for entry in sorted(Path(rustup, "toolchains").glob("*"))
    ]
    facts += [
        file_identity(entry)
        for entry in sorted(Path(rustup, "update-hashes").glob("*"))
    ]
    for parent in (folder, *folder.parents):
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            identity = file_identity(parent / name)
            if identity:
                facts.append([str(parent / name), identity])
    return repr(facts)


def ask_sysroot(env: Mapping[str, str], folder: Path) -> Path:
    """Return the folder of the toolchain that builds in `folder`.

    Cached like the answer of `identify_toolchain`. Raises `CargoNotFoundError`,
    `ToolchainMissingError` and `RustcError`.
    """
    rustc = find_rustc(env)
    key = f"sysroot {_toolchain_key(rustc, env, folder)}"
    cached = cache.read_json(env, "toolchain", key)
    if isinstance(cached, str) and os.path.isdir(cached):
        return Path(cached)
    found = _run_rustc(rustc, ["--print=sysroot"], env, folder).strip()
    cache.write_json(env, "toolchain", key, found)
    return Path(found)


def ask_target_list(env: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Return the targets that the compiler knows, by `rustc --print=target-list`.

    Raises `CargoNotFoundError`,
    `ToolchainMissingError` and `RustcError`.
    """
    text = _run_rustc(find_rustc(env), ["--print=target-list"], env, folder)
    return tuple(text.split())


def _ask_rustc(rustc: str, env: Mapping[str, str], folder: Path) -> str:
    text = _run_rustc(rustc, ["-vV"], env, folder)
    try:
        _parse(text)
    except (KeyError, ValueError):
        is_named = bool(env.get("RUSTC"))
        raise RustcError(
            rustc, "does not tell its release", text, is_named=is_named
        ) from None
    return text


def _pinning_file(folder: Path) -> Path | None:
    """Return the file by which a project chooses its toolchain (rustup's rule)."""
    for parent in (folder, *folder.parents):
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            if (parent / name).is_file():
                return parent / name
    return None


def _run_rustc(
    rustc: str, arguments: list[str], env: Mapping[str, str], folder: Path
) -> str:
    import subprocess

    try:
        result = subprocess.run(
            [rustc, *arguments],
            env=dict(env),
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        if env.get("RUSTC"):
            why = error.strerror or str(error)
            raise RustcError(rustc, "cannot be run", why, is_named=True) from None
        raise CargoNotFoundError(f"`{rustc}`") from None
    if result.returncode == 0:
        return result.stdout
    text = result.stderr or result.stdout
    if "toolchain" in text or "rustup" in text:
        pin = None if env.get("RUSTUP_TOOLCHAIN") else _pinning_file(folder)
        raise ToolchainMissingError(text, pin)
    problem = f"ends with status {result.returncode}"
    raise RustcError(rustc, problem, text, is_named=bool(env.get("RUSTC")))


def _parse(text: str) -> Toolchain:
    values = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    major, minor = values["release"].split(".")[:2]
    return Toolchain(
        verbose_version=text, host=values["host"], release=(int(major), int(minor))
    )
