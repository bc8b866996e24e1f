"""A pyproject.toml that was made out of the files of another build tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["AdoptedDocument"]


class AdoptedDocument(dict[str, Any]):
    """The content that pyproject.toml would have in ferrule's words."""

    def __init__(
        self,
        content: Mapping[str, Any],
        *,
        warnings: tuple[str, ...] = (),
        inputs: tuple[str, ...] = (),
    ) -> None:
        super().__init__(content)
        self.warnings = warnings
        self.inputs = inputs
        """Files that were read, besides pyproject.toml."""
