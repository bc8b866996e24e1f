"""The object that is linked into a bundled program, so that it need not change.

`rust/hook.rs` is `no_std`: rustc alone compiles it, without a C compiler, and it
knows no release of PyO3. The linker sends PyO3's one call that starts Python to
it. `Hook.source` is the whole program text; `ferrule.cargo.objects` compiles it
into a folder that is named after its content, because cargo does not notice that
a linked object changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ferrule.bundle.model import Flag

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = [
    "BOOT_MODULE",
    "CHILDREN_MODULE",
    "Hook",
    "HookPart",
    "boot_source",
    "catching",
    "children_source",
    "hook_flags",
    "read_source",
]

BOOT_MODULE = "_ferrule_boot"
"""What the hook imports as soon as Python runs."""
CHILDREN_MODULE = "_ferrule_children"
"""What `BOOT_MODULE` imports where `multiprocessing` started the program."""
_FIRST_CONFIG = (3, 14)
"""First release with PEP 741."""

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

    @property
    def source(self) -> str:
        """Return the text of the crate."""
        start = "start_config" if self.version >= _FIRST_CONFIG else "start_globals"
        calls = "".join(f"    {part.name}::before();\n" for part in self.parts)
        pieces = [
            "#![no_std]\n#![allow(non_snake_case, dead_code, unused_imports)]\n",
            read_source("hook"),
            read_source(f"catch_{self.catching}"),
            read_source(start),
            f"const LEVELS: usize = {self.levels};\n",
            f"const ISOLATED: bool = {'true' if self.isolated else 'false'};\n",
            f"const OPTIMIZE: c_int = {self.optimize};\n",
            f'const BOOT: &[u8] = b"{BOOT_MODULE}\\0";\n',
            f"unsafe fn before_all() {{\n{calls}}}\n",
        ]
        pieces += [
            f"mod {part.name} {{\n#[allow(unused_imports)]\nuse super::*;\n"
            f"{part.source}}}\n"
            for part in self.parts
        ]
        return "\n".join(pieces)


def catching(target: Triple) -> Catching:
    """Return how the program's call is caught by a target's linkers."""
    return "symbol" if target.is_darwin else "wrap"


def hook_flags(hook: Hook, compiled: Path) -> tuple[Flag, ...]:
    """Return the flags that link the hook's object."""
    flags = [
        Flag.link(
            str(compiled),
            "the start of Python in the bundle: home, sys.executable, sys.argv, "
            + ("no PYTHON* variables" if hook.isolated else "and PYTHON* variables"),
        )
    ]
    if hook.catching == "wrap":
        flags.append(
            Flag.link(
                "-Wl,--wrap=Py_InitializeEx",
                "PyO3's call that starts Python goes through the hook, so main.rs "
                "stays as it is",
            )
        )
    return tuple(flags)


def children_source() -> str:
    """Return the Python text of `CHILDREN_MODULE`."""
    return Path(__file__).with_name("children_module.py").read_text(encoding="utf-8")


def boot_source() -> str:
    """Return the Python text of `BOOT_MODULE`, with two places to fill in.

    `{packages}` is the folder of packages below Python's home, and
    `{has_path_files}` is `yes` or `no`.
    """
    return Path(__file__).with_name("boot_module.py").read_text(encoding="utf-8")


def read_source(name: str) -> str:
    """Return one of the Rust files beside this module."""
    path = Path(__file__).with_name("rust") / f"{name}.rs"
    return path.read_text(encoding="utf-8")
