"""What the settings of editors say about cargo and Python.

VS Code (`.vscode/settings.json`), Zed (`.zed/settings.json`) and Helix
(`.helix/languages.toml`), as far as they are kept in the project.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from ferrule.errors import FerruleError
from ferrule.records import dataclass

__all__ = ["EditorSettings", "parse_commented_json", "read_editors"]

_VS_CODE_VARIABLES: Final = (
    # In the order in which the later ones win for the commands that editors start.
    "rust-analyzer.server.extraEnv",
    "rust-analyzer.cargo.extraEnv",
    "rust-analyzer.check.extraEnv",
)
_VS_CODE_PYTHON: Final = ("python.defaultInterpreterPath", "python.pythonPath")


@dataclass(frozen=True)
class EditorSettings:
    """One settings file of an editor."""

    editor: str
    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """What it adds to cargo's environment."""
    python: str | None = None
    """The interpreter that it names."""
    problem: str = ""
    """Why the file cannot be read."""


def read_editors(root: Path) -> list[EditorSettings]:
    """Return the editor settings of a project and of the repository around it."""
    found: list[EditorSettings] = []
    for folder in _folders(root):
        for read in (_read_vs_code, _read_zed, _read_helix):
            found += read(folder)
    return found


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders that a user may open as the project."""
    for folder in (root, *root.parents):
        yield folder
        if (folder / ".git").exists():
            return
        # Without a repository nobody opens what is above the project.
        if not any((parent / ".git").exists() for parent in folder.parents):
            return


def _read_vs_code(folder: Path) -> Iterator[EditorSettings]:
    path = folder / ".vscode" / "settings.json"
    settings = _read_json(path)
    if isinstance(settings, str):
        yield EditorSettings("VS Code", path, problem=settings)
    if not isinstance(settings, dict):
        return
    variables: dict[str, str] = {}
    for name in _VS_CODE_VARIABLES:
        variables.update(_texts(_dig(settings, name)))
    python = next(
        (
            settings[name]
            for name in _VS_CODE_PYTHON
            if isinstance(settings.get(name), str)
        ),
        None,
    )
    if python is not None:
        python = _expand(python, folder)
    yield EditorSettings("VS Code", path, _expanded(variables, folder), python)


def _dig(settings: Mapping[str, Any], name: str) -> Any:
    """Return a dotted setting, written flat or nested."""
    if name in settings:
        return settings[name]
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _read_zed(folder: Path) -> Iterator[EditorSettings]:
    path = folder / ".zed" / "settings.json"
    settings = _read_json(path)
    if isinstance(settings, str):
        yield EditorSettings("Zed", path, problem=settings)
    if not isinstance(settings, dict):
        return
    server = _dig(settings, "lsp.rust-analyzer")
    server = server if isinstance(server, dict) else {}
    variables = _texts(_dig(server, "binary.env"))
    variables.update(_texts(_dig(server, "initialization_options.cargo.extraEnv")))
    variables.update(_texts(_dig(server, "initialization_options.check.extraEnv")))
    yield EditorSettings("Zed", path, _expanded(variables, folder))


def _read_helix(folder: Path) -> Iterator[EditorSettings]:
    from ferrule.project.pyproject import read_toml

    path = folder / ".helix" / "languages.toml"
    if not path.is_file():
        return
    try:
        settings = read_toml(path)
    except FerruleError as error:
        yield EditorSettings("Helix", path, problem=error.what)
        return
    server = _dig(settings, "language-server.rust-analyzer")
    server = server if isinstance(server, dict) else {}
    variables = _texts(server.get("environment"))
    variables.update(_texts(_dig(server, "config.cargo.extraEnv")))
    variables.update(_texts(_dig(server, "config.check.extraEnv")))
    yield EditorSettings("Helix", path, _expanded(variables, folder))


def _texts(table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        return {}
    return {
        name: value if isinstance(value, str) else str(value)
        for name, value in table.items()
        if isinstance(value, (str, int)) and not isinstance(value, bool)
    }


def _expanded(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    return {name: _expand(value, folder) for name, value in variables.items()}


def _expand(value: str, folder: Path) -> str:
    """Replace the names of the opened folder; the others stay as they are."""
    for name in ("${workspaceFolder}", "${workspaceRoot}", "$ZED_WORKTREE_ROOT"):
        value = value.replace(name, str(folder))
    return os.path.expanduser(value)


# --- JSON with comments -----------------------------------------------------------


def _read_json(path: Path) -> Any:
    """Return the content, None where there is no file, or a text: the problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        return f"{path} cannot be read: {error}"
    try:
        value = parse_commented_json(text)
    except ValueError as error:
        return f"{path} is not valid JSON: {error}"
    return value if isinstance(value, dict) else f"{path} holds no JSON object"


def parse_commented_json(text: str) -> Any:
    """Parse JSON with comments and trailing commas, as editors write it.

    Raises ValueError, with the line and column of the text.

    >>> parse_commented_json('{"a": "//x", /* b */ "c": [1, 2,], } // end')
    {'a': '//x', 'c': [1, 2]}
    """
    import json

    clean = _blank_out(text)
    return json.loads(clean) if clean.strip() else {}


def _blank_out(text: str) -> str:
    """Replace comments and trailing commas by blanks, so that positions stay."""
    characters = list(text)
    comma: int | None = None
    position = 0
    while position < len(text):
        char = text[position]
        end = position + 1
        if char == '"':
            end = _end_of_string(text, position)
            comma = None
        elif text.startswith("//", position):
            newline = text.find("\n", position)
            end = len(text) if newline < 0 else newline
            characters[position:end] = " " * (end - position)
        elif text.startswith("/*", position):
            stop = text.find("*/", position + 2)
            end = len(text) if stop < 0 else stop + 2
            characters[position:end] = [
                item if item == "\n" else " " for item in text[position:end]
            ]
        elif char == ",":
            comma = position
        elif char in "]}" and comma is not None:
            characters[comma] = " "
            comma = None
        elif not char.isspace():
            comma = None
        position = end
    return "".join(characters)


def _end_of_string(text: str, start: int) -> int:
    position = start + 1
    while position < len(text) and text[position] != '"':
        position += 2 if text[position] == "\\" else 1
    return position + 1
