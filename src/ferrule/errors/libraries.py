"""What errors about missing native libraries have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ferrule.errors import FerruleError

__all__ = ["UnfoundLibrariesError"]


class UnfoundLibrariesError(FerruleError):
    """Libraries that were found nowhere."""

    exit_code = 3

    def __init__(
        self,
        what: str,
        libraries: Sequence[tuple[str, Sequence[str], Sequence[str]]],
        *,
        fix: str,
    ) -> None:
        """Take, for each library, its name, who needs it and where one looked."""
        lines: list[str] = []
        for name, users, tried in libraries:
            lines.append(f"{name}, needed by {', '.join(users)}; looked for it in:")
            lines += [f"    {item}" for item in tried or ("no folder at all",)]
        self.names = tuple(name for name, _, _ in libraries)
        self.libraries = tuple(libraries)
        super().__init__(f"{what}: {', '.join(self.names)}", why=lines, fix=fix)

    def details(self) -> dict[str, Any]:
        """Return the libraries with their users and the places."""
        return {
            "libraries": [
                {"name": name, "neededBy": list(users), "lookedFor": list(tried)}
                for name, users, tried in self.libraries
            ]
        }
