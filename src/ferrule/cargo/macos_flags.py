"""What plain cargo needs to link extension modules on macOS.

The guide, section "macOS": Python's symbols are found when a module is loaded.
`ferrule build` passes the arguments to the module alone; plain cargo, which knows
no module, takes them from `.cargo/config.toml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["framework_arguments", "macos_tables"]

_HEADER = "[target.'cfg(target_os = \"macos\")']"


def framework_arguments(interpreter: Interpreter | None, target: str) -> list[str]:
    """Return the linker arguments of programs for the Python of a framework.

    The library of Apple's own Python is named `@rpath/Python3.framework/...`, which
    dyld looks up in the folders that the program names.
    """
    prefix = interpreter.framework_prefix if interpreter is not None else None
    if not prefix or not target.endswith("-apple-darwin"):
        return []
    return ["-C", f"link-arg=-Wl,-rpath,{prefix}"]


def macos_tables(root: Path, interpreter: Interpreter | None, host: str) -> list[str]:
    """Return the lines for `.cargo/config.toml`; none on other systems.

    Flags of a target replace those of `[build]`, so nothing is written where the
    user has either: a warning says what to add.
    """
    if not host.endswith("-apple-darwin"):
        return []
    flags = ["-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup"]
    flags += framework_arguments(interpreter, host)
    words = ", ".join(f'"{flag}"' for flag in flags)
    line = f"rustflags = [{words}]"
    if _has_own_flags(root):
        log.warn(f".cargo/config.toml has rustflags of its own; for macOS add: {line}")
        return []
    return [_HEADER, line]


def _has_own_flags(root: Path) -> bool:
    from ferrule.cargo.config_toml import without_section
    from ferrule.toml import parse_toml

    path = root / ".cargo" / "config.toml"
    try:
        data = parse_toml(without_section(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False  # writing complains about a broken file
    tables = [data.get("build", {}), *data.get("target", {}).values()]
    return any("rustflags" in table for table in tables)
