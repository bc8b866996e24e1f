"""Rust code of ferrule's own that is linked into a user's program.

rustc compiles it directly: no crate of the user's dependencies takes part, and
nothing is downloaded. A folder named after everything that decides the result
holds it, because cargo does not notice that a linked object changed.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic, log
from ferrule.cargo.toolchain import find_rustc
from ferrule.errors.bundle import ObjectError
from ferrule.errors.cargo import CargoNotFoundError

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["OBJECT_FLAGS", "RustSource", "compile_source"]

_NO_TABLES = "-Cforce-unwind-tables=no"
OBJECT_FLAGS = (
    "--crate-type=lib",
    "--emit=obj",
    "-Cpanic=abort",
    "-Copt-level=2",
    "-Coverflow-checks=off",
    "-Cdebug-assertions=off",
    "-Cdebuginfo=0",
    "-Ccodegen-units=1",
    _NO_TABLES,
)
"""For an object without any need of Rust's libraries."""


@dataclass(frozen=True)
class RustSource:
    """One file to compile."""

    name: str
    """Of the crate; `_` instead of `-`."""
    text: str
    result: str
    """File name of what is made."""
    flags: tuple[str, ...] = OBJECT_FLAGS
    depends: tuple[str, ...] = field(default=())
    """Further texts that decide the result, such as hashes of linked files."""

    @property
    def is_object(self) -> bool:
        """Whether an object is made, and no program."""
        return "--emit=obj" in self.flags

    def flags_for(self, target: str) -> list[str]:
        """Return the flags for a target; Windows cannot do without unwind tables."""
        if "-windows-" not in target:
            return list(self.flags)
        return [item for item in self.flags if item != _NO_TABLES]


def compile_source(
    source: RustSource,
    toolchain: Toolchain,
    *,
    target: str,
    target_directory: Path,
    env: Mapping[str, str],
    cwd: Path,
) -> Path:
    """Compile a file, unless that was done, and return what it became.

    `target` is a triple; empty for this machine. Raises `ObjectError` and
    `CargoNotFoundError`.
    """
    import tempfile
    from hashlib import sha256

    flags = source.flags_for(target)
    flags += [f"--target={target}"] if target else []
    facts = (source.text, flags, source.depends, toolchain.verbose_version)
    digest = sha256(repr(facts).encode()).hexdigest()[:16]
    folder = target_directory / "ferrule" / "objects" / f"{source.name}-{digest}"
    made = folder / source.result
    if made.is_file():
        return made
    text = folder / f"{source.name}.rs"
    atomic.write_text(text, source.text)
    words = [f"--crate-name={source.name}", "--edition=2021", *flags]
    # Two commands at a time may compile the same text. What rustc writes on the way
    # is named after the result, so each has a folder of its own.
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as own:
        part = Path(own) / source.result
        words += ["-o", str(part), str(text)]
        _run(source.result, [find_rustc(env), *words], env, cwd)
        part.replace(made)
    return made


def _run(what: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
    import subprocess

    log.command(argv)
    try:
        done = subprocess.run(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        raise CargoNotFoundError(f"`{argv[0]}`") from None
    if done.returncode != 0:
        raise ObjectError(what, shlex.join(argv), done.stderr or done.stdout)
