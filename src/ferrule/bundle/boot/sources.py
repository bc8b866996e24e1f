"""The names and texts of the modules that ferrule puts into a bundle."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "BOOT_MODULE",
    "CHILDREN_MODULE",
    "FIRST_MODULE",
    "LEFT_OUT_MODULE",
    "WINDOWS_MODULE",
    "boot_source",
    "children_source",
    "first_source",
    "left_out_source",
    "windows_source",
]

BOOT_MODULE = "_ferrule_boot"
"""What the hook imports as soon as Python runs."""
CHILDREN_MODULE = "_ferrule_children"
"""What `BOOT_MODULE` imports where `multiprocessing` started the program."""
FIRST_MODULE = "encodings/__init__.py"
"""The file of the standard library that every interpreter imports first."""
LEFT_OUT_MODULE = "_ferrule_left_out"
"""What `BOOT_MODULE` imports where a module is not in the bundle."""
WINDOWS_MODULE = "_ferrule_windows"
"""What `BOOT_MODULE` imports on Windows."""


def left_out_source(trimmed: Iterable[str], omitted: Iterable[str]) -> str:
    """Return the Python text of `LEFT_OUT_MODULE`.

    `trimmed` are modules that `--trim` left out, `omitted` those of the standard
    library that no bundle has unless it is asked to.
    """
    text = _read("left_out_module")
    for name, modules in (("trimmed", trimmed), ("omitted", omitted)):
        text = text.replace(f"{{{name}}}", f" {' '.join(sorted(modules))} ")
    return text


def children_source() -> str:
    """Return the Python text of `CHILDREN_MODULE`."""
    return _read("children_module")


def first_source(text: str) -> str:
    """Return the text of `FIRST_MODULE`, which is `text` in the standard library."""
    return f"{text}\n\n{_read('encodings_end')}"


def boot_source() -> str:
    """Return the Python text of `BOOT_MODULE`, with two places to fill in.

    `{packages}` is the folder of packages below Python's home, and
    `{has_path_files}` is `yes` or `no`.
    """
    return _read("boot_module")


def windows_source() -> str:
    """Return the Python text of `WINDOWS_MODULE`.

    `{isolated}` is filled in: `yes` or `no`.
    """
    return _read("windows_module")


def _read(name: str) -> str:
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
