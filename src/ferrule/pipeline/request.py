"""What a door asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["CRATE_VARIABLES", "Request"]

CRATE_VARIABLES: Final = {
    "manifest-path": "FERRULE_MANIFEST_PATH",
    "package": "FERRULE_PACKAGE",
}
"""The settings that choose the crate, and their environment variables."""


@dataclass(frozen=True)
class Request:
    """One call of the command line or of a PEP 517 hook."""

    start: Path
    """Folder in which the user is."""
    env: Mapping[str, str]
    state: Literal["wheel", "editable", "sdist"] = "wheel"
    manifest_path: Path | None = None
    """`--manifest-path`."""
    package: str | None = None
    """`--package`: a member of the workspace, with its own pyproject.toml if it
    has one."""
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

    def chosen_crate(self) -> dict[str, str]:
        """Return the settings that choose the crate and are not in pyproject.toml.

        They are needed to find the project, before its settings are read.
        """
        chosen = self._chosen_in_arguments()
        for key, variable in CRATE_VARIABLES.items():
            given = (self.config_settings or {}).get(key)
            value = given if isinstance(given, str) else self.env.get(variable, "")
            if value.strip():
                chosen[key] = value
        return chosen

    def _chosen_in_arguments(self) -> dict[str, str]:
        """Return what `-C build-args="--manifest-path ..."` chooses."""
        from ferrule.settings.sources import LEGACY_KEYS

        settings = self.config_settings or {}
        given = next((settings[key] for key in LEGACY_KEYS if key in settings), None)
        if given is None:
            return {}
        from ferrule.settings.compat.build_args import translate_arguments

        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, (list, tuple)):
            return {}  # explained where the settings are read
        texts = [text for text in texts if isinstance(text, str)]
        table, _ = translate_arguments(texts, "build-args", [])
        value = table.get("manifest-path")
        return {"manifest-path": value} if isinstance(value, str) else {}

    @property
    def epoch(self) -> int | None:
        """Return SOURCE_DATE_EPOCH, or None."""
        text = self.env.get("SOURCE_DATE_EPOCH", "")
        return int(text) if text.isdigit() else None
