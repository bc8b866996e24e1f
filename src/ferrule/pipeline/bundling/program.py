"""Linking the program of a bundle, and finding the modules that are in it.

Which modules a program holds is known when it is linked, and the object that
registers them is a part of it. So the ones of the last link are assumed, and the
program is linked once more if that was wrong: once ever for most programs.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic, log
from ferrule.bundle.hook.inittab import (
    inittab_flags,
    inittab_part,
    library_modules,
    program_modules,
)
from ferrule.bundle.model import Flag
from ferrule.cargo.compile import compile_artifacts
from ferrule.cargo.objects import RustSource

if TYPE_CHECKING:
    from ferrule.bundle.hook.object import Hook
    from ferrule.cargo.compile import Compiled, CompileKey
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["Linked", "Program", "link_program"]

_ROUNDS = 4
"""A module that is taken out of a library may bring another one with it."""


@dataclass(frozen=True)
class Program:
    """What is linked."""

    key: CompileKey
    toolchain: Toolchain
    env: Mapping[str, str]
    quiet: bool
    hook: Hook
    compile: Callable[[RustSource], Path]
    flags: tuple[Flag, ...]
    """Those of the mode."""
    registers: bool
    """Whether modules are registered that the program does not register itself."""
    foreign: Collection[str] = ()
    """Modules of Python's own in it."""


@dataclass(frozen=True)
class Linked:
    """A linked program."""

    path: Path
    flags: tuple[Flag, ...]
    modules: tuple[str, ...] = ()
    """What the hook registers."""
    notes: tuple[str, ...] = ()


def link_program(program: Program) -> Linked:
    """Compile and link a program with the hook, and return what became of it.

    Raises `ObjectError`, and what cargo and reading binaries raise.
    """
    if not program.registers:
        flags = (*_hook(program, program.hook), *program.flags)
        return Linked(_compile(program, flags).artifacts[0].path, flags)
    memory = _Memory(program.key)
    attempt = _attempt(program, memory.recall())
    if attempt.is_silent and not attempt.wanted and attempt.of_crates:
        # cargo had linked it before, and what was found then is forgotten.
        attempt = _attempt(program, (), again=True)
    for _ in range(_ROUNDS):
        if attempt.found == attempt.wanted:
            break
        log.debug(f"modules in the program: {', '.join(attempt.found) or 'none'}")
        attempt = _attempt(program, attempt.found)
    memory.keep(attempt.found, attempt.path)
    own = attempt.own
    notes = [
        f"the module `{name}` is not registered: the program does not use the crate "
        f"`{crate}`, so rustc leaves it out; `use {crate} as _;` in main.rs uses it"
        for name, crate in attempt.of_crates
        if name not in own
    ]
    if not own:
        notes.append("--inittab auto: there is no #[pymodule] in the program")
    return Linked(attempt.path, attempt.flags, own, tuple(notes))


@dataclass(frozen=True)
class _Attempt:
    """A program that was linked with some modules in mind."""

    path: Path
    flags: tuple[Flag, ...]
    wanted: tuple[str, ...] | None
    """What the hook registers, if it is there; None for a link that only asked."""
    own: tuple[str, ...]
    """What is there."""
    found: tuple[str, ...]
    """That, and what is in libraries that were linked."""
    of_crates: tuple[tuple[str, str], ...]
    """The modules of libraries, with the names of their crates."""
    is_silent: bool
    """Whether cargo linked nothing, and so did not say which libraries are in."""


def _attempt(
    program: Program, wanted: tuple[str, ...], *, again: bool = False
) -> _Attempt:
    flags = _flags(program, wanted)
    if again:
        # A folder that does not exist, and no run before had.
        folder = f"/nonexistent/{time.time_ns()}"
        word = f"-Wl,-rpath-link,{folder}"
        flags += (Flag.link(word, "--inittab auto: links once more"),)
    compiled = _compile(program, flags)
    path, run = compiled.artifacts[0].path, compiled.run
    own = program_modules(path, program.foreign)
    apart = library_modules(run.crates)
    line = "".join(run.printed)
    # Nothing is printed where nothing was linked anew: then it is what it was.
    linked = [name for name, file in apart.items() if file.name in line]
    crates = [
        (name, run.crates[file].replace("-", "_")) for name, file in apart.items()
    ]
    found = tuple(sorted({*own, *linked}))
    asked = None if again else wanted
    return _Attempt(path, flags, asked, own, found, tuple(crates), not line)


def _flags(program: Program, modules: Sequence[str]) -> tuple[Flag, ...]:
    hook = program.hook
    if modules:
        hook = replace(hook, parts=(*hook.parts, inittab_part(modules)))
    return (*_hook(program, hook), *program.flags, *inittab_flags(modules))


def _hook(program: Program, hook: Hook) -> tuple[Flag, ...]:
    source = RustSource("ferrule_hook", hook.source, "hook.o")
    return hook.link_flags(program.compile(source))


def _compile(program: Program, flags: Sequence[Flag]) -> Compiled:
    words = tuple(word for flag in flags for word in flag.words)
    key = replace(program.key, rustc_args=(*program.key.rustc_args, *words))
    return compile_artifacts(
        key, program.toolchain, env=program.env, quiet=program.quiet
    )


class _Memory:
    """The modules of a program's last link, as long as its sources are the same.

    A module that is not there any more would be missed by the linker.
    """

    def __init__(self, key: CompileKey) -> None:
        from hashlib import sha256

        facts = (key.crate.id, key.binaries, key.selection.arguments(), key.profile)
        digest = sha256(repr(facts).encode()).hexdigest()[:16]
        folder = key.target_directory / "ferrule" / "objects"
        self._path = folder / f"modules-{digest}.json"

    def recall(self) -> tuple[str, ...]:
        """Return the modules, or nothing where that may be wrong."""
        import json

        try:
            data = json.loads(self._path.read_bytes())
            if data["sources"] == [_identity(path) for path, *_ in data["sources"]]:
                return tuple(data["modules"])
        except (OSError, ValueError, TypeError, KeyError):
            pass
        return ()

    def keep(self, modules: Sequence[str], program: Path) -> None:
        """Remember the modules of a linked program."""
        import json

        try:
            text = program.with_suffix(".d").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return
        # As make reads it: spaces in names are escaped.
        words = re.split(r"(?<!\\)\s+", text.partition(": ")[2].strip())
        try:
            sources = [_identity(word.replace("\\ ", " ")) for word in words]
        except OSError:
            return
        data = {"modules": list(modules), "sources": sources}
        atomic.write_text(self._path, json.dumps(data))


def _identity(path: str) -> list[object]:
    status = os.stat(path)
    return [path, status.st_size, status.st_mtime_ns]
