"""What a door asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["Request"]


@dataclass(frozen=True)
class Request:
    """One call of the command line or of a PEP 517 hook."""

    start: Path
    """Folder in which the user is."""
    env: Mapping[str, str]
    state: Literal["wheel", "editable", "sdist"] = "wheel"
    manifest_path: Path | None = None
    """`--manifest-path`."""
    selectors: tuple[str, ...] = ()
    """`--interpreter` values."""
    interpreter: Interpreter | None = None
    """The interpreter that is certainly meant (a hook runs in it)."""
    command_line: Mapping[str, object] = field(default_factory=dict)
    """Settings given as options, by field name."""
    config_settings: Mapping[str, str | Sequence[str]] | None = None
    """PEP 517 config settings."""
    quiet_cargo: bool = True
    """Whether cargo shows diagnostics only, and no progress."""
    is_hook: bool = False
    """Whether a front end asks (PEP 517): for this machine, not for an index."""

    @property
    def default_compatibility(self) -> str:
        """Return `compatibility` where nothing sets it."""
        return "linux" if self.is_hook else "auto"

    @property
    def epoch(self) -> int | None:
        """Return SOURCE_DATE_EPOCH, or None."""
        text = self.env.get("SOURCE_DATE_EPOCH", "")
        return int(text) if text.isdigit() else None
