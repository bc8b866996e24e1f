"""Which crates of a build mention a symbol that they do not define in Rust.

Only asked when something is wrong: every compiled library is searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["crates_with_symbols"]

_BITCODE = b"BC\xc0\xde"
"""Objects of crates that are only compiled when the whole program is linked."""
_PREFIXES = (b"", b"_", b"__imp_", b"__imp__")
"""What the object formats put before a name of C."""


def crates_with_symbols(
    symbols: Iterable[str], libraries: Mapping[Path, str]
) -> dict[str, list[str]]:
    """Return the crates whose objects name a symbol, by symbol.

    `libraries` are the paths of the crates' `.rlib` files with the crates' names.
    Files that are gone or cannot be read are passed over: the answer only helps.
    """
    wanted = sorted(set(symbols))
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for path, crate in sorted(libraries.items()):
        for name in _named_in(path, wanted):
            if crate not in found[name]:
                found[name].append(crate)
    return found


def _named_in(path: Path, symbols: list[str]) -> set[str]:
    from ferrule.errors.files import ReadError
    from ferrule.errors.formats import BrokenBinaryError
    from ferrule.formats.archive import read_archive

    found: set[str] = set()
    try:
        archive = read_archive(path)
        for member in archive.members:
            if member.name.endswith((".rmeta", ".rmeta-link")) or archive.is_thin:
                continue
            content = bytes(archive.content(member))
            found.update(name for name in symbols if _is_named(name, content))
    except (ReadError, BrokenBinaryError):
        return found
    return found


def _is_named(symbol: str, content: bytes) -> bool:
    name = symbol.encode()
    if content.startswith(_BITCODE):
        return name in content
    return any(entry in content for entry in _entries(name))


def _entries(name: bytes) -> Iterator[bytes]:
    """Yield how a table of strings holds a name."""
    for prefix in _PREFIXES:
        yield b"\0" + prefix + name + b"\0"
