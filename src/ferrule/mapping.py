"""Maps files into memory, so that of large ones only what is looked at is read.

What must see that a file changes meanwhile has a map of its own
(`wheel/content.py`), and so has what reads a file that is open already.
"""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from pathlib import Path

from ferrule.errors.files import ReadError

__all__ = ["map_file"]


def map_file(path: Path) -> memoryview:
    """Return a file's content; it stays mapped as long as it is in use.

    An empty file, which no system maps, is an empty content. Raises `ReadError`.
    """
    try:
        with path.open("rb") as stream:
            if stream.seek(0, 2) == 0:
                return memoryview(b"")
            return memoryview(mmap(stream.fileno(), 0, access=ACCESS_READ))
    except OSError as error:
        raise ReadError(path, error) from error
    except ValueError as error:  # it has just become empty
        raise ReadError(path, OSError(0, str(error))) from error
