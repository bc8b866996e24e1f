"""The zig of the package `ziglang`, which pip fetches once for all runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from debian_packages import CACHE
from requirements import miss

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fetch_zig"]


def fetch_zig(fresh: Path) -> str:
    """Return the program; `fresh` is a folder to unpack into. Skips without it."""
    folder = CACHE / "zig"
    program = folder / "ziglang" / "zig"
    if not program.is_file():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        done = subprocess.run(
            [*pip, "--target", fresh, "ziglang"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            miss(f"ziglang cannot be fetched: {done.stderr.strip()[-200:]}")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(fresh, folder)
    return str(program)
