"""The object that is linked into a bundled program, so that it need not change.

`rust/hook.rs` is `no_std`: rustc alone compiles it, without a C compiler, and it
knows no release of PyO3. The linker sends PyO3's one call that starts Python to
it. `Hook.source` is the whole program text; `ferrule.cargo.objects` compiles it
into a folder that is named after its content, because cargo does not notice that
a linked object changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ferrule.bundle.boot.sources import BOOT_MODULE
from ferrule.bundle.model import Flag
from ferrule.bundle.rust_sources import read_source

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.target.triple import Triple

__all__ = [
    "FIRST_CONFIG",
    "Hook",
    "HookPart",
    "catching",
]

FIRST_CONFIG = (3, 14)
"""First release with PEP 741."""
_FIRST_OWN_STATE = (3, 12)
"""First release in which a thread's current state is its own."""
_LAST_GLOBALS = (3, 14)
"""Last release with `Py_SetPythonHome`, by which programs are told where Python lies
that start it by other functions than PyO3's."""
_OTHER_STARTS = (
    "Py_Initialize",
    "Py_InitializeFromConfig",
    "PyConfig_Read",
    "Py_BytesMain",
    "Py_Main",
)

Catching = Literal["wrap", "symbol"]


@dataclass(frozen=True)
class HookPart:
    """Rust text that a mode adds to the hook.

    It becomes a module `name` below the hook's own, whose names it uses through
    `super::*`, and defines `pub unsafe fn before()`, which runs before Python is
    initialized and after the program's path is known.
    """

    name: str
    source: str


@dataclass(frozen=True)
class Hook:
    """Everything that decides the object."""

    version: tuple[int, int]
    """Of Python: the way to configure it differs."""
    levels: int
    """How many parts are taken off the program's path to get Python's home: 2 for
    `bin/app`."""
    catching: Catching = "wrap"
    isolated: bool = True
    """Whether `PYTHON*` variables are ignored."""
    optimize: int = 0
    parts: tuple[HookPart, ...] = ()

    def link_flags(self, compiled: Path) -> tuple[Flag, ...]:
        """Return the flags that link the object."""
        flags = [self._object_flag(compiled)]
        if self.catching == "wrap":
            flags.append(
                Flag.link(
                    "-Wl,--wrap=Py_InitializeEx",
                    "PyO3's call that starts Python goes through the hook, so main.rs "
                    "stays as it is",
                )
            )
            flags += [
                Flag.link(
                    f"-Wl,--wrap={name}",
                    "programs that start Python by its own functions",
                )
                for name in self._others
            ]
        return tuple(flags)

    @property
    def _others(self) -> tuple[str, ...]:
        return _OTHER_STARTS if self.version <= _LAST_GLOBALS else ()

    @property
    def source(self) -> str:
        """Return the text of the crate."""
        start = "start_config" if self.version >= FIRST_CONFIG else "start_globals"
        others = ("places", "other_starts", f"catch_others_{self.catching}")
        pieces = [
            "#![no_std]\n#![allow(non_snake_case, dead_code, unused_imports)]\n",
            read_source("hook"),
            read_source(f"catch_{self.catching}"),
            read_source(start),
            *(map(read_source, others) if self._others else ()),
            *self._decisions(),
        ]
        return "\n".join(pieces)

    def _object_flag(self, compiled: Path) -> Flag:
        """Return the flag for the object itself."""
        variables = "no PYTHON* variables" if self.isolated else "and PYTHON* variables"
        start = "the start of Python in the bundle: home, sys.executable, sys.argv"
        return Flag.link(str(compiled), f"{start}, {variables}")

    def _decisions(self) -> list[str]:
        """Return what every hook ends with: constants, and the parts of modes."""
        # Before, the current state was that of the thread that has Python's lock.
        own_state = "true" if self.version >= _FIRST_OWN_STATE else "false"
        calls = "".join(f"    {part.name}::before();\n" for part in self.parts)
        return [
            f"const LEVELS: usize = {self.levels};\n",
            f"const KNOWS_OWN_STATE: bool = {own_state};\n",
            f"const ISOLATED: bool = {'true' if self.isolated else 'false'};\n",
            f"const OPTIMIZE: c_int = {self.optimize};\n",
            f'const BOOT: &[u8] = b"{BOOT_MODULE}\\0";\n',
            f"unsafe fn before_all() {{\n{calls}}}\n",
            *(
                f"mod {part.name} {{\n#[allow(unused_imports)]\nuse super::*;\n"
                f"{part.source}}}\n"
                for part in self.parts
            ),
        ]


def catching(target: Triple) -> Catching:
    """Return how the program's call is caught by a target's linkers."""
    return "symbol" if target.is_darwin else "wrap"
