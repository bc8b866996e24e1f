"""How pip is called for an interpreter."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["has_pip", "pip_words"]


def pip_words(executable: str, site_packages: Sequence[str]) -> list[str] | None:
    """Return the command of pip for an interpreter; None where there is none.

    Its own, or that of the Python that runs ferrule (`pip --python`).
    """
    if has_pip(site_packages):
        return [executable, "-m", "pip"]
    if has_pip(sys.path):
        return [sys.executable, "-m", "pip", "--python", executable]
    return None


def has_pip(folders: Sequence[str]) -> bool:
    """Tell whether one of the folders holds pip."""
    return any(
        os.path.isfile(os.path.join(item, "pip", "__main__.py")) for item in folders
    )
