"""The command `path-length`, installed by an entry point."""

from __future__ import annotations

import sys

from geometry import Path


def main() -> int:
    """Print the length of the path through the `x,y` words of the command line."""
    path = Path()
    for word in sys.argv[1:]:
        x, _, y = word.partition(",")
        path.go(float(x), float(y))
    print(path.length)
    return 0
