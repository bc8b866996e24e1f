"""A Python as many distributions have it: with a shared libpython alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

__all__ = ["copy_without_archive"]

_UNNEEDED: Final = ("config-*", "test", "tests", "site-packages", "__pycache__")


def copy_without_archive(python: Path, place: Path) -> Path:
    """Copy a Python with all but its static library; return its executable.

    A copy that is there is used again. Raises `OSError` where the Python has no
    shared library in a folder of its own.
    """
    code = "import sys; print(sys.base_prefix, *sys.version_info[:2])"
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    )
    prefix, major, minor = done.stdout.split()
    below, name = Path("lib", f"python{major}.{minor}"), f"python{major}.{minor}"
    copied = place / "bin" / name
    if copied.is_file():
        return copied
    shutil.rmtree(place, ignore_errors=True)
    (place / "lib").mkdir(parents=True)
    for path in Path(prefix, "lib").glob("libpython*.so*"):
        shutil.copy(path, place / "lib", follow_symlinks=False)
    ignored = shutil.ignore_patterns(*_UNNEEDED)
    shutil.copytree(prefix / below, place / below, ignore=ignored)
    for path in (place / below).glob("_sysconfigdata*.py"):
        path.write_text(path.read_text().replace(prefix, str(place)))
    # Last: it says that all the rest is there.
    shutil.copytree(Path(prefix, "bin"), place / "bin", symlinks=True)
    return copied
