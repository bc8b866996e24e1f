"""The files of an editable install in site-packages: finder, rebuilder, `.pth`.

Extension modules and generated packages stay outside the source tree; a small
module in site-packages, named in a `.pth` file, tells Python where they are.
Its text is that of `installed_finder`, with the constants of the install.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ferrule.editable import installed_finder, installed_rebuilder

__all__ = ["Finder", "pth_source"]

_BEGIN = "# --- constants of one install\n"
_END = "# --- end of the constants\n"


@dataclass(frozen=True)
class Finder:
    """What the finder of one install knows."""

    distribution: str
    """Name of the project, for people."""
    modules: Mapping[str, Path]
    """Extension modules, and `__init__.py` files of packages, by dotted name."""
    record: Path
    """The freshness record."""
    rebuilds: bool = False
    """Whether importing a stale module rebuilds it."""
    keeps: bool = False
    """Whether the old module is imported when that fails."""
    request: str = "{}"
    """JSON: what `ferrule rebuild` needs."""

    def sources(self, name: str) -> dict[str, str]:
        """Return the texts of the finder module `name` and of its rebuilder."""
        table = {module: str(path) for module, path in sorted(self.modules.items())}
        rebuilder = f"{name}_rebuilder"
        finder = _with_constants(
            installed_finder.__file__,
            f"DISTRIBUTION = {self.distribution!a}\n"
            f"MODULES = {table!a}\n"
            f"RECORD = {str(self.record)!a}\n"
            f"REBUILDS = {self.rebuilds}\n"
            f"REBUILDER = {rebuilder!a}\n",
        )
        constants = f"KEEPS = {self.keeps}\nREQUEST = {self.request!a}\n"
        return {
            name: f"{finder}\n\ninstall()\n",
            rebuilder: _with_constants(installed_rebuilder.__file__, constants),
        }


def pth_source(finder: str, folders: Sequence[Path]) -> str:
    """Return the `.pth` text: the folders of the Python packages, the finder."""
    return "\n".join([*map(str, folders), f"import {finder}", ""])


def _with_constants(path: str, constants: str) -> str:
    text = Path(path).read_text(encoding="utf-8")
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    return f"{head}{_BEGIN}{constants}{_END}{tail}"
