"""Registering the modules that are linked into a program, without a line in main.rs.

`#[pymodule]` makes a function `PyInit_NAME`. Which ones a program contains is read
from the program: they are exported when it is linked, which keeps the linker from
dropping them, and those of libraries are asked for by name, which has the linker
take them out of their archives. The hook then registers what is there before Python
starts. Names of modules are those of the symbols, so `#[pyo3(name = "...")]` and
modules that a macro writes are found like all others.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from ferrule.bundle.hook.object import HookPart
from ferrule.bundle.model import Flag
from ferrule.bundle.rust_sources import read_source, rust_file
from ferrule.formats.archive import read_archive
from ferrule.formats.elf import read_elf

__all__ = [
    "inittab_flags",
    "inittab_part",
    "library_modules",
    "program_modules",
    "without_modules",
]

EXPORTS: Final = rust_file("modules.list")
"""The linker's list of what is exported."""
_TAKE: Final = "-Wl,-u,PyInit_"
# Python compares names of built-in modules as ASCII: others (`PyInitU_`) never match.
_INIT: Final = re.compile(r"PyInit_([A-Za-z_][A-Za-z0-9_]*)")


def program_modules(program: Path, foreign: Collection[str] = ()) -> tuple[str, ...]:
    """Return the modules whose functions a linked program exports, sorted.

    `foreign` are the modules of a static Python in it. Raises `ReadError` and
    `BrokenElfError`.
    """
    found = _names(read_elf(program).defined)
    return tuple(sorted(found.difference(foreign)))


def library_modules(paths: Iterable[Path]) -> dict[str, Path]:
    """Return the modules that static libraries define, with their files.

    It is their index that is read. Raises `ReadError` and `BrokenArchiveError`.
    """
    found: dict[str, Path] = {}
    for path in sorted(paths):
        for name in sorted(_names(read_archive(path).symbols)):
            found.setdefault(name, path)
    return found


def inittab_part(names: Sequence[str]) -> HookPart:
    """Return the part of the hook that registers modules."""
    lines = [read_source("inittab"), f"const COUNT: usize = {len(names)};\n"]
    lines += [
        f'extern "C" {{ #[link_name = "PyInit_{name}"] static START_{number}: u8; }}\n'
        f'core::arch::global_asm!(".weak PyInit_{name}");\n'
        for number, name in enumerate(names)
    ]
    rows = "".join(
        f'    Entry {{ name: c(b"{name}\\0"), '
        f"start: unsafe {{ ptr::addr_of!(START_{number}) as *const c_void }} }},\n"
        for number, name in enumerate(names)
    )
    lines.append(f"static MODULES: Modules = Modules([\n{rows}]);\n")
    return HookPart("inittab", "\n".join(lines))


def inittab_flags(names: Sequence[str]) -> tuple[Flag, ...]:
    """Return the flags by which modules stay in the program and can be seen."""
    return (
        Flag.link(
            f"-Wl,--dynamic-list={EXPORTS}",
            "--inittab auto: the linker keeps functions of modules that nothing calls",
        ),
        # The line tells which libraries rustc hands to the linker.
        Flag(("--print", "link-args"), "--inittab auto: tells which libraries are in"),
        *(
            Flag.link(
                f"{_TAKE}{name}",
                f"--inittab auto: the module {name} is taken out of its library",
            )
            for name in names
        ),
    )


def without_modules(flags: Iterable[Flag]) -> list[Flag]:
    """Return the flags for a program in which the modules are not."""
    return [
        flag
        for flag in flags
        if "link-args" not in flag.words and _TAKE not in "".join(flag.words)
    ]


def _names(symbols: Iterable[str]) -> set[str]:
    found = (_INIT.fullmatch(symbol) for symbol in symbols)
    return {match[1] for match in found if match is not None}
