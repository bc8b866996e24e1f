"""Check the size limits of the house: `python tools/check_sizes.py [FOLDER]...`.

A module has at most 500 lines and a function at most 60; a function whose body
is one literal (a table) may be longer. Prints every violation, exits with 1.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MODULE_LINES: Final = 500
FUNCTION_LINES: Final = 60
FOLDERS: Final = ("src", "tests", "benchmarks", "tools")


def find_violations(path: Path) -> Iterator[str]:
    """Yield one sentence for each limit that the module exceeds."""
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MODULE_LINES:
        yield f"{path}: {lines} lines, allowed are {MODULE_LINES}"
    for node in ast.walk(ast.parse(text, filename=str(path))):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES and not is_table(node):
            yield (
                f"{path}:{node.lineno}: `{node.name}` has {length} lines, "
                f"allowed are {FUNCTION_LINES}"
            )


def is_table(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether the function only returns one literal, after a docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    literals = (ast.Dict, ast.List, ast.Set, ast.Tuple, ast.Constant, ast.JoinedStr)
    return (
        len(body) == 1
        and isinstance(body[0], ast.Return)
        and isinstance(body[0].value, literals)
    )


def main(folders: list[str]) -> int:
    """Check all modules below the folders; return the exit code."""
    root = Path(__file__).resolve().parent.parent
    modules = [
        path
        for folder in folders or FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
    ]
    violations = [line for path in modules for line in find_violations(path)]
    print("\n".join(violations) or f"{len(modules)} modules within the limits")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
