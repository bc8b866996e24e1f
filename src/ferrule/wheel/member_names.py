"""Which names the files of an archive may have.

Refused is what could be written outside of the folder a wheel is unpacked
into, on any system, and what installers understand differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ferrule.errors.wheel_file import UnsafeMemberError

__all__ = ["check_tree", "path_problem"]


def path_problem(path: str) -> str:
    """Return why a path inside an archive is unsafe; empty for a safe one.

    >>> path_problem("a/b.py"), path_problem("../b.py")
    ('', "its name leads to another folder by '..'")
    """
    if not path:
        return "its name is empty"
    parts = path.split("/")
    if not parts[0]:
        return "its name is an absolute path"
    if ".." in parts:
        return "its name leads to another folder by '..'"
    if "" in parts or "." in parts:
        return "its name has an empty part"
    if path[1:2] == ":" and path[0].isascii() and path[0].isalpha():
        return "its name begins with a drive of Windows"
    return _character_problem(path)


def _character_problem(path: str) -> str:
    if "\\" in path:
        return "its name has a backslash, which Windows takes for a folder"
    if min(path) < " " or "\x7f" in path:
        return "its name has control characters"
    return ""


def check_tree(files: Sequence[str], folders: Iterable[str], path: Path) -> None:
    """Raise `UnsafeMemberError` for names that exclude each other.

    `path` is the archive's, `folders` are its entries that end in a slash.
    """
    known: set[str] = set()
    for name in files:
        if name in known:
            raise UnsafeMemberError(path, "it is there twice", member=name)
        known.add(name)
    parents = {name.rpartition("/")[0] for name in files}
    parents.update(name.rstrip("/") for name in folders)
    checked: set[str] = set()
    for name in sorted(parents):
        parent = name
        while parent and parent not in checked:
            if parent in known:
                reason = f"it is a file and a folder: of {name!r}"
                raise UnsafeMemberError(path, reason, member=parent)
            checked.add(parent)
            parent = parent.rpartition("/")[0]
