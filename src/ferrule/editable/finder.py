"""The import finder of an editable install.

Extension modules and generated packages stay outside the source tree; a small
module in site-packages, named in a `.pth` file, tells Python where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["finder_source", "pth_source"]

_TEMPLATE = '''\
"""Finds the compiled modules of the editable install of {distribution}."""

import sys
from os.path import basename, dirname
from importlib.machinery import ExtensionFileLoader
from importlib.util import spec_from_file_location

MODULES = {modules}


class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        location = MODULES.get(name)
        if location is None:
            return None
        if basename(location) == "__init__.py":
            folders = [dirname(location)]
            return spec_from_file_location(
                name, location, submodule_search_locations=folders
            )
        loader = ExtensionFileLoader(name, location)
        return spec_from_file_location(name, location, loader=loader)


sys.meta_path.insert(0, Finder)
'''


def finder_source(distribution: str, modules: Mapping[str, Path]) -> str:
    """Return the text of the finder module."""
    table = {name: str(path) for name, path in sorted(modules.items())}
    return _TEMPLATE.format(distribution=distribution, modules=repr(table))


def pth_source(finder: str, folders: Sequence[Path]) -> str:
    """Return the `.pth` text: the folders of the Python packages, the finder."""
    return "\n".join([*map(str, folders), f"import {finder}", ""])
