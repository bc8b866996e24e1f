"""A stand-in for setuptools-rust while a setup.py runs.

setup.py finds a package `setuptools_rust` with the known names, and setuptools
finds its entry points: those of a distribution that exists only here and only
now. Where setuptools-rust is installed, distributions are found in the order of
`sys.meta_path`, so this one hides it, and its entry points, should they be
loaded all the same, lead to the stand-in's functions, which do nothing twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from setuptools._importlib import metadata

from ferrule.setuptools import commands, distribution, extension, rust_version
from ferrule.setuptools.building import BuiltModule

__all__ = ["VERSION", "stand_in"]

VERSION = "1.13.0"
"""The release whose interface this is."""
_PACKAGE = "setuptools_rust"
_ENTRY_POINTS = """\
[distutils.commands]
build_rust = setuptools_rust:build_rust
clean_rust = setuptools_rust:clean_rust

[distutils.setup_keywords]
rust_extensions = setuptools_rust.setuptools_ext:rust_extensions

[setuptools.finalize_distribution_options]
setuptools_rust = setuptools_rust.setuptools_ext:pyprojecttoml_config
"""
_METADATA = f"""\
Metadata-Version: 2.1
Name: setuptools-rust
Version: {VERSION}
"""


def _contents() -> dict[str, dict[str, Any]]:
    extensions = {name: getattr(extension, name) for name in extension.__all__}
    versions = {
        name: getattr(rust_version, name)
        for name in ("get_rust_version", "get_rust_host")
    }
    version = {"__version__": VERSION, "version": VERSION}
    return {
        "": {
            "Binding": extension.Binding,
            "RustBin": extension.RustBin,
            "RustExtension": extension.RustExtension,
            "Strip": extension.Strip,
            "build_rust": commands.build_rust,
            "clean_rust": commands.clean_rust,
            "find_rust_extensions": extension.find_rust_extensions,
            "__version__": VERSION,
        },
        "_utils": {"Env": extension.Env},
        "build": {
            **extensions,
            "build_rust": commands.build_rust,
            "RustCommand": commands.RustCommand,
            "_BuiltModule": BuiltModule,
            "_Platform": commands.Platform,
        },
        "clean": {"clean_rust": commands.clean_rust},
        "command": {
            "RustCommand": commands.RustCommand,
            "RustExtension": extension.RustExtension,
            **versions,
        },
        "extension": extensions,
        "rustc_info": versions,
        "setuptools_ext": {
            "add_rust_extension": distribution.finalize,
            "pyprojecttoml_config": distribution.finalize,
            "rust_extensions": distribution.accept_keyword,
        },
        "utils": {**extensions, **versions},
        "version": version,
    }


def _modules() -> dict[str, ModuleType]:
    made: dict[str, ModuleType] = {}
    for name, content in _contents().items():
        full = f"{_PACKAGE}.{name}" if name else _PACKAGE
        module = ModuleType(full)
        module.__spec__ = ModuleSpec(full, None, is_package=not name)
        if not name:
            module.__path__ = []
        vars(module).update(content)
        made[full] = module
        if name:
            # `setuptools_rust.version` is a module, as everywhere.
            setattr(made[_PACKAGE], name, module)
    return made


class _Distribution(metadata.Distribution):  # type: ignore[misc]
    """setuptools-rust, as far as `importlib.metadata` is asked about it."""

    def read_text(self, filename: str) -> str | None:
        files = {"METADATA": _METADATA, "entry_points.txt": _ENTRY_POINTS}
        return files.get(filename)

    def locate_file(self, path: Any) -> Path:
        return Path(path)


class _Finder:
    """Finds the distribution, and no modules."""

    def find_spec(self, name: str, *_: object) -> None:
        """Return nothing: the modules are there already."""

    def find_distributions(self, context: Any = None) -> Iterator[_Distribution]:
        """Yield the distribution where it, or every one, is asked for."""
        wanted = getattr(context, "name", None)
        if wanted is None or wanted.lower().replace("_", "-") == "setuptools-rust":
            yield _Distribution()


@contextmanager
def stand_in() -> Iterator[None]:
    """Let the enclosed code find the stand-in."""
    hidden = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.partition(".")[0] == _PACKAGE
    }
    made = _modules()
    finder = _Finder()
    sys.modules.update(made)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in list(sys.modules):
            if name.partition(".")[0] == _PACKAGE:
                del sys.modules[name]
        sys.modules.update(hidden)
