"""The lines in a package's `__init__.py` that announce a folder of DLLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

__all__ = ["with_dll_folder"]

_BEGIN = "# begin: the folder of this package's DLLs"
_TEXT = """\
{begin}
def _announce_dll_folder():
    import os
    import sys

    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), {parts})
    if sys.platform == "win32" and os.path.isdir(folder):
        os.add_dll_directory(os.path.normpath(folder))


_announce_dll_folder()
del _announce_dll_folder
# end: the folder of this package's DLLs
"""


def with_dll_folder(source: bytes, folder: str, depth: int) -> bytes | None:
    """Return a module that announces `folder` before it imports anything.

    The folder lies `depth` levels above the module's. The docstring and imports
    from `__future__` stay first. None for a source that this Python does not
    understand.
    """
    import ast
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding)
        tree = ast.parse(source)
    except (SyntaxError, ValueError, LookupError):
        return None
    parts = ", ".join([*["os.pardir"] * depth, repr(folder)])
    snippet = _TEXT.format(begin=_BEGIN, parts=parts)
    if snippet in text.replace("\r\n", "\n"):
        return source
    is_windows_text = "\r\n" in text
    lines = _lines(text)
    first = [item for item in tree.body if _stays_first(item, tree)]
    rest = [item for item in tree.body if item not in first]
    line, column = 0, 0
    if first:
        line = first[-1].end_lineno or 0
        if rest and rest[0].lineno == line:
            # `"""Text."""; import os`: the line is divided.
            line, column = line - 1, rest[0].col_offset
    elif rest:
        line = _header_lines(lines)
    head, tail = "".join(lines[:line]), "".join(lines[line:])
    if column:
        # Columns count bytes of UTF-8.
        start = tail.encode("utf-8")[:column].decode("utf-8")
        head += start.rstrip().rstrip(";") + "\n"
        tail = tail[len(start) :]
    if head and not head.endswith(("\n", "\r")):
        head += "\n"
    if is_windows_text:
        snippet = snippet.replace("\n", "\r\n")
    return (head + snippet + tail).encode(encoding)


def _stays_first(item: ast.stmt, tree: ast.Module) -> bool:
    import ast

    if isinstance(item, ast.ImportFrom):
        return item.module == "__future__" and item.level == 0
    return (
        item is tree.body[0]
        and isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
    )


def _lines(text: str) -> list[str]:
    """Return the lines as the parser counts them: form feeds end none."""
    import io

    return list(io.StringIO(text, newline="").readlines())


def _header_lines(lines: list[str]) -> int:
    """Return how many lines at the start are comments, the encoding's among them."""
    count = 0
    for line in lines:
        if not line.lstrip("\ufeff").startswith("#"):
            break
        count += 1
    return count
