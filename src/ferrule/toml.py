"""TOML for every Python: the standard parser, or its backport before 3.11."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["parse_toml"]


def parse_toml(text: str) -> dict[str, Any]:
    """Return the content of a TOML document.

    Raises ValueError (`TOMLDecodeError`) with the parser's message.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    return tomllib.loads(text)
