"""Globs of setuptools as regular expressions."""

from __future__ import annotations

import re

__all__ = ["translate_glob"]


def translate_glob(glob: str) -> str:
    r"""Return the regular expression of a pattern for paths with slashes.

    >>> bool(re.match(translate_glob("a/**/*.txt"), "a/b/c/d.txt"))
    True
    >>> bool(re.match(translate_glob("a/*.txt"), "a/b/d.txt"))
    False
    """
    parts = glob.removeprefix("./").split("/")
    result = ""
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if part == "**":
            result += ".*" if is_last else "(?:[^/]+/)*"
        else:
            result += _translate_part(part) + ("" if is_last else "/")
    return rf"(?s:{result})\Z"


def _translate_part(part: str) -> str:
    result, position = "", 0
    while position < len(part):
        char = part[position]
        end = part.find("]", position + 2) if char == "[" else -1
        if char == "*":
            result += "[^/]*"
        elif char == "?":
            result += "[^/]"
        elif end > 0:
            inner = part[position + 1 : end]
            sign = "!" if inner.startswith("!") else ""
            # Ranges such as 0-9 keep their meaning.
            body = re.escape(inner[len(sign) :]).replace(r"\-", "-")
            result += f"[{'^' if sign else ''}{body}]"
            position = end
        else:
            result += re.escape(char)
        position += 1
    return result
