"""Crates that lie in the project itself: cargo's directory sources.

`.cargo/config.toml` can replace a registry by a folder. Such a folder is
packed as it is, because cargo compares every file with a list of checksums.
Reference: "Source replacement" in the Cargo book.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.sdist.listing import walk_everything, walk_folder
from ferrule.toml_text import edit, parse

if TYPE_CHECKING:
    from ferrule.sdist.contents import Contents
    from ferrule.sdist.layout import Layout

__all__ = ["add_vendored", "find_sources", "is_cargo_config", "place_sources"]

_CONFIG_NAMES = (".cargo/config", ".cargo/config.toml")
_KEYS = ("directory", "local-registry")


def is_cargo_config(name: str) -> bool:
    """Tell whether a member of the archive is a configuration file of cargo.

    >>> is_cargo_config("crates/a/.cargo/config.toml")
    True
    """
    return f"/{name}".endswith(tuple(f"/{config}" for config in _CONFIG_NAMES))


def add_vendored(contents: Contents) -> None:
    """Pack the folders that packed configurations of cargo replace sources by.

    A configuration above the crates (in a virtual workspace) counts too,
    unless git ignores it. Called after all patterns: these are not the
    project's own files.
    """
    for path in _configs_above(contents.layout):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        name = contents.layout.name_of(path)
        if name is not None and name not in contents.excluded:
            folders = list(_folders(name, text))
            if any((contents.layout.top / item).is_dir() for item in folders):
                contents.add(path)
    configs = {
        name: path.read_bytes()
        for name, path in contents.files.items()
        if is_cargo_config(name)
    }
    for folder in find_sources(configs):
        path = contents.layout.top / folder
        if path.is_dir():
            for item in walk_everything(path):
                contents.add(item)


def _configs_above(layout: Layout) -> Iterator[Path]:
    folder = layout.main_manifest.parent
    for place in (folder, *folder.parents):
        cargo = place / ".cargo"
        if cargo.is_dir():
            found = walk_folder(cargo, boundary=layout.top)
            yield from (item for item in found if is_cargo_config(item.as_posix()))
        if place == layout.top:
            return


def find_sources(configs: Mapping[str, bytes]) -> list[str]:
    """Return the folders of directory sources, as names in the archive.

    `configs` are cargo's configuration files by their names in the archive.
    """
    found = {
        folder
        for name, content in configs.items()
        for folder in _folders(name, content.decode("utf-8-sig", "replace"))
    }
    return sorted(found)


def _folders(name: str, text: str) -> Iterator[str]:
    for _, _, value in _entries(_parsed(text)):
        folder = posixpath.normpath(posixpath.join(_base(name), value))
        if not value.startswith("/") and folder.split("/")[0] != "..":
            yield folder


def _base(name: str) -> str:
    # cargo reads relative paths from the folder that holds `.cargo`.
    return posixpath.dirname(posixpath.dirname(name))


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse(text)
    except ValueError:
        return {}  # cargo explains it when it reads the file.


def _entries(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    sources = document.get("source")
    for entry in sources.values() if isinstance(sources, dict) else ():
        for key in _KEYS:
            if isinstance(entry, dict) and isinstance(entry.get(key), str):
                yield entry, key, entry[key].replace(os.sep, "/")


def place_sources(name: str, content: bytes, place: Callable[[str], Path]) -> bytes:
    """Return a configuration of cargo whose directory sources are absolute.

    `place` tells where a folder of the archive is on this machine.
    """
    text = content.decode("utf-8-sig", "replace")
    new = _parsed(text)
    for entry, key, value in list(_entries(new)):
        folder = posixpath.normpath(posixpath.join(_base(name), value))
        if not value.startswith("/") and folder.split("/")[0] != "..":
            entry[key] = str(place(folder))
    return edit(text, new).encode("utf-8") if new else content
