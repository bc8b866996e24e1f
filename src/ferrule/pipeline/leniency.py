"""What a peer takes without a word and ferrule's own settings refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.errors import did_you_mean

if TYPE_CHECKING:
    from ferrule.settings.model import Settings

__all__ = ["without_missing_packages"]


def without_missing_packages(
    settings: Settings, root: Path
) -> tuple[Settings, list[str]]:
    """Return settings whose `python-packages` exist, and a warning per other one.

    maturin packs what is there; published projects name packages that are gone.
    """
    source = settings.python_source
    folders = [root / source] if source else [root, root / "python", root / "src"]
    found, warnings = [], []
    for name in settings.python_packages:
        stem = name.strip("/")
        if any((folder / stem).is_dir() for folder in folders) or any(
            (folder / f"{stem}.py").is_file() for folder in folders
        ):
            found.append(name)
            continue
        near = {path.stem for folder in folders for path in folder.glob("*")}
        hint = did_you_mean(stem, sorted(near))
        warnings.append(f"tool.maturin.python-packages: there is no {name}{hint}")
    return replace(settings, python_packages=tuple(found)), warnings
