"""Which source files of a package its own code reads or looks for.

A bundle holds bytecode in the place of sources. That is not enough for a package
that runs a file of its own as a configuration, or that finds its plug-ins by listing
`*.py` beside itself. Both are seen in the text: names in quotes, and calls that list
the folder of `__file__`. The sources of such files stay, beside their bytecode.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_read_sources"]

_NAMED: Final = re.compile(rb"""["']([\w.{}%-]*[\w}]\.py)["']""")
"""Names in quotes, with places for a version: `'config-{}.py'`."""
_PLACES: Final = re.compile(r"\{[^}]*\}|%[sd]")
_ENDING: Final = re.compile(rb"""["'](?:[*/]*\*)?\.py["']""")
_LISTED: Final = re.compile(rb"listdir|iterdir|scandir|glob")
_OWN_PLACE: Final = re.compile(rb"__file__|__path__")
_LISTED_HERE: Final = re.compile(
    rb"(?:listdir|scandir|glob)\([^\n]*__(?:file|path)__"
    rb"|__file__[^\n]*\.(?:glob|iterdir)\("
)
_NEVER: Final = ("__init__.py", "__main__.py", "setup.py", "conftest.py")
"""What is named for other reasons than to be read where it is installed."""


def find_read_sources(sources: Iterable[tuple[str, Path]]) -> list[str]:
    """Return which paths of a package's files are wanted as sources, sorted.

    `sources` are paths in the folder of packages, and the files. A file that cannot
    be read names nothing.
    """
    files = [(path, file) for path, file in sources if path.endswith(".py")]
    folders: dict[str, list[str]] = {}
    for path, _ in files:
        folders.setdefault(posixpath.dirname(path), []).append(path)
    found: set[str] = set()
    for path, file in files:
        near = folders[posixpath.dirname(path)]
        if not posixpath.dirname(path):
            continue
        try:
            text = file.read_bytes()
        except OSError:
            continue
        if b".py" in text:
            found.update(_wanted(text, posixpath.basename(path), near))
    return sorted(found)


def _wanted(text: bytes, own: str, near: list[str]) -> Iterable[str]:
    """Return those of the paths beside a file that its text asks for."""
    if _lists_its_folder(text, is_package=own == "__init__.py"):
        return near
    globs = {_PLACES.sub("*", name.decode()) for name in _NAMED.findall(text)}
    globs = {item for item in globs if item.strip("*") != ".py"} - {own, *_NEVER}
    return [
        path
        for path in near
        if posixpath.basename(path) not in _NEVER
        and any(fnmatchcase(posixpath.basename(path), glob) for glob in globs)
    ]


def _lists_its_folder(text: bytes, *, is_package: bool) -> bool:
    if not _ENDING.search(text):
        return False
    if is_package and _OWN_PLACE.search(text) and _LISTED.search(text):
        return True
    return _LISTED_HERE.search(text) is not None
