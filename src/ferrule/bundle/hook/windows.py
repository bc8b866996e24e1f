"""The hook of programs for Windows, and how it gets between them and Python.

Calls into a DLL go through the program's import table, where `__imp_NAME` stands
for the entry, or through a function of the same name in an import library; PyO3's
do either, by its release. Linkers that know `--wrap` send both to the hook, in
whatever order they read their files. Microsoft's takes all objects before it searches
a library ("LINK Input Files"), so that the object may have the names themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ferrule.bundle.hook.object import FIRST_CONFIG, Hook
from ferrule.bundle.model import Flag
from ferrule.bundle.rust_sources import read_source

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WindowsHook", "Wrapping"]


Wrapping = Literal["gnu", "lld-link", ""]
_OPTIONS: Final[Mapping[Wrapping, str]] = {
    "gnu": "-Wl,--wrap=",
    "lld-link": "-wrap:",
    "": "",
}


class _Caught(NamedTuple):
    """A function that the program calls and the hook takes over."""

    name: str
    convention: str
    """Rust's name of the calling convention."""
    arguments: str
    returns: str
    handler: str
    stack_bytes: int = 0
    """What a name ends with on 32-bit x86 (`@4`), if it does."""


_CAUGHT = (
    _Caught("Py_InitializeEx", "C", "signals: c_int", "", "started"),
    _Caught("ExitProcess", "system", "code: u32", " -> !", "ended", 4),
)


@dataclass(frozen=True)
class WindowsHook(Hook):
    """Everything that decides the object of a program for Windows."""

    library: str = ""
    """The file name of Python's DLL."""
    is_32_bit: bool = False
    wrapping: Wrapping = "gnu"
    """How the linker is told to send calls elsewhere; Microsoft's cannot be."""

    @property
    def source(self) -> str:
        """Return the text of the crate."""
        kind = "config" if self.version >= FIRST_CONFIG else "globals"
        units = [*self.library.encode("utf-16-le")[::2], 0]
        name = ", ".join(map(str, units))
        pieces = [
            "#![no_std]\n#![allow(non_snake_case, non_upper_case_globals)]\n",
            "#![allow(dead_code, unused_imports)]\n",
            read_source("windows_hook"),
            read_source(f"windows_{kind}"),
            read_source("windows_end"),
            f"static LIBRARY_NAME: [Wide; {len(units)}] = [{name}];\n",
            *map(self._caught, _CAUGHT),
            *self._decisions(),
        ]
        return "\n".join(pieces)

    def link_flags(self, compiled: Path) -> tuple[Flag, ...]:
        """Return the flags that link the object."""
        flags = [self._object_flag(compiled)]
        reasons = (
            "PyO3's start of Python goes through the hook; main.rs stays as it is",
            "what Python printed is written out before the process ends",
        )
        option = _OPTIONS[self.wrapping]
        if option:
            flags += [
                Flag.link(f"{option}{symbol}", reason)
                for item, reason in zip(_CAUGHT, reasons)
                for symbol in (self._symbol(item), self._entry(item))
            ]
        if self.wrapping == "gnu":
            reason = "the functions of Windows that the hook calls"
            flags.append(Flag.link("-lkernel32", reason))
        return tuple(flags)

    def _symbol(self, item: _Caught) -> str:
        """Return a function as C spells it, as `--wrap` takes it."""
        ending = f"@{item.stack_bytes}" if item.stack_bytes and self.is_32_bit else ""
        return item.name + ending

    def _entry(self, item: _Caught) -> str:
        """Return the entry of the import table, as `--wrap` takes it."""
        # Without the underscore that every symbol begins with on 32-bit x86.
        begin = "_imp__" if self.is_32_bit else "__imp_"
        return begin + self._symbol(item)

    def _caught(self, item: _Caught) -> str:
        name, argument = item.name, item.arguments.partition(":")[0]
        kind = f'unsafe extern "{item.convention}" fn'
        function, entry = item.name, self._entry(item)
        if self.wrapping:
            # The compiler adds the number of bytes to functions by itself.
            function, entry = f"__wrap_{function}", f"__wrap_{entry}"
        text = (
            f'#[export_name = "{entry}"]\n'
            f"pub static ENTRY_{name}: {kind}({item.arguments}){item.returns} = "
            f"{item.handler};\n"
        )
        if self.wrapping or item.name.startswith("Py"):
            text += (
                f'#[export_name = "{function}"]\n'
                f"pub {kind} call_{name}({item.arguments}){item.returns} {{\n"
                f"    {item.handler}({argument})\n}}\n"
            )
        return text
