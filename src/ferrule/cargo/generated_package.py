"""Rust code of ferrule's own, compiled by cargo for another machine.

rustc alone knows neither the linker of another target nor a standard library that
cargo compiles itself (`-Z build-std`). So the file becomes a package without
dependencies, which is compiled with the options of the user's crate: what cargo has
compiled for that is not compiled again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule import atomic
from ferrule.cargo.compile import unit_environment
from ferrule.cargo.process import run_for_messages
from ferrule.cargo.toolchain import ask_sysroot, find_cargo

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.cargo.objects import RustSource
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["compile_package", "needs_package"]

_NOT_HERE: Final = ("--locked", "--frozen")
"""Arguments about the user's lock file."""
_OF_CARGO: Final = ("--crate-type=", "--emit=")


def needs_package(source: RustSource, key: CompileKey, env: Mapping[str, str]) -> bool:
    """Return whether rustc alone cannot compile a file for the target of a key."""
    if not key.target:
        return False
    if not source.is_object:
        return True
    folder = ask_sysroot(env, key.crate.folder) / "lib" / "rustlib" / key.target
    return not any((folder / "lib").glob("libcore-*"))


def compile_package(
    source: RustSource, key: CompileKey, toolchain: Toolchain, env: Mapping[str, str]
) -> Path:
    """Compile a file, unless that was done, and return what it became.

    `key` is that of the user's program. Raises `CompileError` and
    `CargoNotFoundError`.
    """
    from hashlib import sha256

    build = key.build_directory or key.target_directory / "ferrule"
    arguments = [item for item in key.arguments if item not in _NOT_HERE]
    facts = (source.text, source.flags, source.depends, toolchain.verbose_version)
    target = (key.target, key.profile, arguments, sorted(key.env.items()))
    digest = sha256(repr((facts, target)).encode()).hexdigest()[:16]
    name = f"{source.name}-{digest}"
    folder = key.target_directory / "ferrule" / "objects" / name
    made = folder / source.result
    if made.is_file():
        return made
    _write(folder, source, name)
    part = folder / f".{source.result}.part"
    argv = [find_cargo(env), "rustc", "--quiet", f"--profile={key.profile}"]
    argv += ["--message-format=json-render-diagnostics", f"--target={key.target}"]
    argv += [f"--manifest-path={folder / 'Cargo.toml'}", f"--target-dir={build}"]
    argv += [*arguments, "--lib" if source.is_object else f"--bin={name}", "--"]
    flags = source.flags_for(key.target)
    argv += [item for item in flags if not item.startswith(_OF_CARGO)]
    argv += [f"--emit=obj={part}"] if source.is_object else []
    # With the variables of the user's crate, std is not compiled once more.
    added = unit_environment(key, env)
    run = run_for_messages(
        argv,
        env={**env, **added, "CARGO_INCREMENTAL": "0"},
        cwd=key.crate.folder,
        shown=added,
    )
    if not source.is_object:
        shutil.copy2(run.artifacts[-1].path, part)
    part.replace(made)
    return made


def _write(folder: Path, source: RustSource, name: str) -> None:
    kind = "lib" if source.is_object else "[bin]"
    lines = [
        f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2021"\n',
        f'[{kind}]\nname = "{name if kind != "lib" else name.replace("-", "_")}"',
        f'path = "{source.name}.rs"\n',
        "[workspace]\n",
    ]
    atomic.write_text(folder / f"{source.name}.rs", source.text)
    atomic.write_text(folder / "Cargo.toml", "\n".join(lines))
