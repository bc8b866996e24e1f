"""Names of distributions and of extras, as they are compared."""

from __future__ import annotations

import re

__all__ = ["normal_name", "requirement_name"]


def normal_name(name: str) -> str:
    """Return the normal form of a name (PEP 503; of an extra: PEP 685)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(text: str) -> str:
    """Return the normal form of a requirement's name (PEP 508); empty without one.

    >>> requirement_name("Setuptools_Rust[x] >= 1.7 ; python_version < '3'")
    'setuptools-rust'
    >>> requirement_name("-r other.txt")
    ''
    """
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", text)
    return normal_name(found[1]) if found else ""
