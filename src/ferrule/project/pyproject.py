"""Reading TOML files, with errors that show the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ferrule.errors.files import ReadError
from ferrule.errors.project import InvalidTomlError
from ferrule.toml import parse_toml

__all__ = ["read_pyproject", "read_toml"]


def read_pyproject(path: Path) -> dict[str, Any]:
    """Return the content of a pyproject.toml; no table in it is required.

    Raises `ReadError` when it cannot be read and `InvalidTomlError` when it is
    not TOML. What the tables mean is judged by those who use them.
    """
    return read_toml(path)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises `ReadError` or `InvalidTomlError`.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadError(path, error) from error
    try:
        # Editors on Windows write a byte order mark, which TOML does not know.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} ({content[error.start]:#04x}) is not UTF-8"
        raise InvalidTomlError(path, reason) from error
    try:
        return parse_toml(text)
    except ValueError as error:
        raise _explain(path, text, str(error)) from error
    except RecursionError as error:
        raise InvalidTomlError(path, "values are nested too deeply") from error


def _explain(path: Path, text: str, message: str) -> InvalidTomlError:
    import re

    lines = text.splitlines() or [""]
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if found is None:
        return InvalidTomlError(path, message)
    line = int(found[1]) if found[1] else len(lines)
    column = int(found[2]) if found[2] else len(lines[-1]) + 1
    reason = message[: found.start()]
    shown = lines[line - 1] if line <= len(lines) else ""
    return InvalidTomlError(path, reason, line=line, column=column, text=shown)
