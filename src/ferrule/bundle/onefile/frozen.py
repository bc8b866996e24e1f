"""The importer of a single file, as a part of the hook and as modules.

Python looks for `encodings` in the table `PyImport_FrozenModules` before it looks
at any folder, and needs it before all else; so the importer stands there. The
structure of the table changed in 3.11 and 3.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.bundle.hook.object import HookPart
from ferrule.bundle.rust_sources import read_source
from ferrule.python.bytecode import BytecodeOrder, compile_bytecode

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "IMPORTER_MODULES",
    "compile_importer",
    "importer_sources",
    "payload_part",
]

_FOLDER: Final = Path(__file__).with_name("importer")
_FROZEN: Final = {
    # Frames of this file are left out of tracebacks, like those of importlib itself.
    "_ferrule_importer": ("core", "<frozen importlib._bootstrap_external>"),
    "encodings": ("encodings_start", "<frozen encodings>"),
}
_NAMES: Final = ("beside", "cache", "files", "natives", "resources", "sweeping")
IMPORTER_MODULES: Final = {f"_ferrule_{name}": name for name in _NAMES}
"""The importer's other modules: they lie in the payload."""
_WITH_FLAG: Final = (3, 11)
_WITH_CALL: Final = ((3, 11), (3, 12))
"""Releases whose table also has functions that return the code."""
_PYC_HEADER_BYTES: Final = 16
_OPTIMIZE: Final = 2


def compile_importer(
    interpreter: Interpreter, folder: Path, env: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the marshalled code of the importer's modules, by their names.

    The interpreter compiles them into `folder`, which exists. Raises
    `BytecodeError`.
    """
    wanted = {
        **_FROZEN,
        **{name: (file, f"<{name}>") for name, file in IMPORTER_MODULES.items()},
    }
    orders = [
        BytecodeOrder(str(_FOLDER / f"{file}.py"), str(folder / f"{name}.pyc"), shown)
        for name, (file, shown) in wanted.items()
    ]
    compile_bytecode(orders, interpreter, optimize=_OPTIMIZE, env=env)
    return {
        name: (folder / f"{name}.pyc").read_bytes()[_PYC_HEADER_BYTES:]
        for name in wanted
    }


def importer_sources() -> list[tuple[str, str]]:
    """Return names and texts of the importer's modules."""
    return [
        (path.name, path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("*.py"))
    ]


def payload_part(
    version: tuple[int, int],
    code: Mapping[str, bytes],
    *,
    is_free_threaded: bool,
    is_shared: bool = False,
) -> HookPart:
    """Return what the hook gets: the payload's reader and the frozen importer.

    A program with a shared libpython (`is_shared`) also gets what loads it.
    """
    words = 4 if is_free_threaded else 2
    # A reference count of one; without the lock, a count that never changes.
    head = "[0, 0xFFFF_FFFF << 32, 0, 0]" if is_free_threaded else "[1, 0]"
    pieces = [
        read_source("payload"),
        read_source("digest"),
        read_source("checksum"),
        read_source("launcher") if is_shared else "",
        read_source("frozen_old" if version < _WITH_FLAG else "frozen_new"),
        f"const OBJECT_WORDS: usize = {words};",
        f"const OBJECT_HEAD: [usize; OBJECT_WORDS] = {head};",
        f"const KNOWS_INTERPRETERS: bool = {_rust_bool(version >= (3, 12))};",
        f"const KNOWS_LOCKS: bool = {_rust_bool(version >= (3, 13))};",
        *_table(version, code),
    ]
    return HookPart("payload", "\n".join(pieces) + "\n")


def _table(version: tuple[int, int], code: Mapping[str, bytes]) -> list[str]:
    fields = ["name: *const c_char", "code: *const u8", "size: c_int"]
    if version >= _WITH_FLAG:
        fields.append("is_package: c_int")
    if version in _WITH_CALL:
        fields.append("call: *const c_void")
    null = "ptr::null()"
    lines = [
        "#[repr(C)]",
        "#[derive(Clone, Copy)]",
        f"pub struct Frozen {{ {', '.join(fields)} }}",
        f"const END: Frozen = {_row(version, (null, null), 0)};",
    ]
    rows = []
    for name in _FROZEN:
        label, content = f"CODE_{name.upper()}", code[name]
        text = "".join(f"\\x{byte:02x}" for byte in content)
        lines.append(f'static {label}: [u8; {len(content)}] = *b"{text}";')
        places = f'c(b"{name}\\0")', f"ptr::addr_of!({label}) as *const u8"
        is_package = name == "encodings"
        rows.append(_row(version, places, len(content), is_package=is_package))
    lines.append(f"static mut FROZEN: [Frozen; 3] = [{', '.join(rows)}, END];")
    return lines


def _row(
    version: tuple[int, int],
    places: tuple[str, str],
    size: int,
    *,
    is_package: bool = False,
) -> str:
    if version < _WITH_FLAG and is_package:
        size = -size  # how older releases tell packages
    fields = [f"name: {places[0]}", f"code: {places[1]}", f"size: {size}"]
    if version >= _WITH_FLAG:
        fields.append(f"is_package: {int(is_package)}")
    if version in _WITH_CALL:
        fields.append("call: ptr::null()")
    return f"Frozen {{ {', '.join(fields)} }}"


def _rust_bool(value: bool) -> str:  # noqa: FBT001 - it is the value itself
    return "true" if value else "false"
