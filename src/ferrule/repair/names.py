"""The names that libraries get inside a wheel."""

from __future__ import annotations

import re

__all__ = ["hashed_name", "split_name"]

_VERSIONED = re.compile(r"\.(so|dylib|dll)(?:\.|$)", re.IGNORECASE)


def split_name(name: str) -> tuple[str, str]:
    """Return the stem and the rest of a library's file name.

    >>> split_name("libglib-2.0.so.0.7200.4")
    ('libglib-2.0', '.so.0.7200.4')
    """
    found = _VERSIONED.search(name)
    if found is None:
        stem, dot, rest = name.partition(".")
        return (stem, dot + rest) if stem else (name, "")
    return name[: found.start()], name[found.start() :]


def hashed_name(name: str, digits: str) -> str:
    """Return a library's name with digits of a hash, unless it has them already.

    >>> hashed_name("libfoo.so.1", "0123abcd")
    'libfoo-0123abcd.so.1'
    """
    stem, suffix = split_name(name)
    if stem.endswith(f"-{digits}"):
        return name
    return f"{stem}-{digits}{suffix}"
