"""What ferrule itself puts into a target directory.

cargo marks a target directory as a cache only when it creates it, and it adds
folders below `target/<profile>` that build scripts name to the loader's search
path of the programs and tests that it runs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "libpython_folder",
    "link_libpython",
    "mark_as_cache",
    "needs_search_path",
]

_TAG = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder holds what cargo and ferrule can make again.
# For information about cache directory tags see https://bford.info/cachedir/
"""
_PROFILE_FOLDERS = ("debug", "release")
_SYSTEM_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def mark_as_cache(folder: Path) -> None:
    """Write CACHEDIR.TAG into a target directory that has none."""
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        atomic.write_text(tag, _TAG)


def link_libpython(target_directory: Path, interpreter: Interpreter) -> Sequence[str]:
    """Make libpython known to programs and tests that plain cargo runs.

    Links the library into the target directory and returns the lines for PyO3's
    configuration that name the folders; none where the loader finds the library
    by itself, or where the platform has another mechanism.
    """
    if not needs_search_path(interpreter) or interpreter.system != "Linux":
        return ()
    folder = interpreter.lib_dir
    libraries = sorted(Path(folder).glob(f"libpython{interpreter.ld_version}.so*"))
    if not libraries:
        return ()
    mark_as_cache(target_directory)
    places = [
        target_directory / name / _folder_name(folder) for name in _PROFILE_FOLDERS
    ]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        for library in libraries:
            with suppress(FileExistsError):
                os.symlink(library, place / library.name)
    return [
        f"extra_build_script_line=cargo:rustc-link-search=native={place}"
        for place in places
    ]


def libpython_folder(target_directory: Path, interpreter: Interpreter) -> Path | None:
    """Return the folder of links that `link_libpython` made; nothing else is in it.

    The library's own folder may hold much more, which the compiler and the linker
    must not take instead of theirs.
    """
    folder = target_directory / _PROFILE_FOLDERS[0] / _folder_name(interpreter.lib_dir)
    return folder if folder.is_dir() else None


def needs_search_path(interpreter: Interpreter) -> bool:
    """Tell whether the loader does not find libpython by itself."""
    folder = interpreter.lib_dir
    if not interpreter.shared or not folder:
        return False
    return folder not in _SYSTEM_FOLDERS and not folder.startswith("/usr/lib/")


def _folder_name(folder: str) -> str:
    return f"libpython-{hashlib.sha256(folder.encode()).hexdigest()[:12]}"
