"""What `_ferrule_boot` does on Windows alone.

Written for Python 3.9 and later.
"""

import sys

__all__ = ["prepare", "split_command_line"]

IS_ISOLATED: str = "{isolated}"
"""Whether nothing of the user's machine counts: `yes` or `no`."""


def prepare() -> None:
    """Set `sys.argv`, and leave out what the registry or the folder names."""
    if hasattr(sys, "_ferrule_command_line"):
        sys.argv = split_command_line(sys._ferrule_command_line)  # noqa: SLF001
        del sys._ferrule_command_line  # noqa: SLF001
    if IS_ISOLATED == "yes":
        inside = [sys.prefix + "\\DLLs", sys.prefix + "\\Lib"]
        sys.path[:] = [path for path in inside if path in sys.path]


def split_command_line(text: str) -> "list[str]":
    """Return the words of a command line of Windows, as its C runtime splits them.

    The rules are Microsoft's ("Parsing C command-line arguments"); the first word,
    the program, knows no backslashes.
    """
    words: list[str] = []
    place, length = 0, len(text)
    while place < length or not words:
        word, quoted = "", False
        while place < length and (quoted or text[place] not in " \t"):
            start = place
            while words and text[place : place + 1] == "\\":
                place += 1
            count = place - start
            if text[place : place + 1] != '"':
                word += "\\" * count or text[place]
                place += 0 if count else 1
                continue
            word += "\\" * (count // 2)
            if count % 2:
                word += '"'
            elif words and quoted and text[place + 1 : place + 2] == '"':
                word += '"'
                place += 1
            else:
                quoted = not quoted
            place += 1
        words.append(word)
        while place < length and text[place] in " \t":
            place += 1
    return words
