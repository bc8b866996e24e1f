"""Asks delocate and macholib about wheels; run by the Python of their environment.

delocate's programs need otool, which is on macOS only. What computes the tag does
not: `_calculate_minimum_wheel_name` reads the files with macholib, as this does for
the libraries. Prints a JSON object by the wheels' names.
"""

from __future__ import annotations

import json
import sys
import tempfile
import zipfile
from pathlib import Path

from delocate.delocating import _calculate_minimum_wheel_name, filter_system_libs
from macholib.MachO import MachO


def libraries(folder: Path) -> list[str]:
    """Return the libraries that are no part of macOS, as the files name them."""
    found = set()
    for path in folder.rglob("*"):
        if path.suffix not in (".so", ".dylib"):
            continue
        for header in MachO(str(path)).headers:
            for _, _, name in header.walkRelocatables():
                if filter_system_libs(name):
                    found.add(name)
    return sorted(found)


def answer(wheel: Path) -> dict[str, object]:
    """Return the platform tags that delocate would give, and the libraries."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        name, _ = _calculate_minimum_wheel_name(wheel.name, folder, None)
        platforms = Path(name).stem.split("-")[-1].split(".")
        return {"platforms": sorted(platforms), "libraries": libraries(folder)}


json.dump({Path(name).name: answer(Path(name)) for name in sys.argv[1:]}, sys.stdout)
