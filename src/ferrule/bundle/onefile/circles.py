"""Libraries that need each other: the loader must get all of them in one step.

A file of memory has no name that a library could ask for, so what a library needs
is opened before it. Among those of a circle (FreeType and HarfBuzz of Pillow's
wheels) none can be first. They are told to need descriptors, which the importer
opens before it loads the circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["FIRST_NUMBER", "descriptor_path", "find_circles", "needs_in_order"]

FIRST_NUMBER: Final = 640
"""Of the descriptors: programs rarely have so many, and most systems allow 1024."""


def descriptor_path(number: int) -> str:
    """Return what a library is told to need."""
    return f"/proc/self/fd/{number}"


def find_circles(
    needs: Mapping[str, Sequence[str]],
) -> dict[str, tuple[tuple[int, str], ...]]:
    """Return the circle of each library that is in one: numbers and paths.

    `needs` are all libraries that one needs, directly or not.
    """
    found: dict[str, tuple[tuple[int, str], ...]] = {}
    number = FIRST_NUMBER
    for path in sorted(needs):
        if path in found:
            continue
        others = [item for item in needs[path] if path in needs.get(item, ())]
        if not others:
            continue
        members = sorted({path, *others})
        circle = tuple(enumerate(members, number))
        number += len(members)
        found.update(dict.fromkeys(members, circle))
    return found


def needs_in_order(
    needs: Mapping[str, Sequence[str]],
    circles: Mapping[str, tuple[tuple[int, str], ...]],
) -> dict[str, tuple[str, ...]]:
    """Return what each library needs, deepest first, and before whole circles."""
    result = {}
    for path, order in needs.items():
        found: dict[str, None] = {}
        for item in order:
            circle = [member for _, member in circles.get(item, ())]
            for member in circle:
                found.update(
                    (deeper, None)
                    for deeper in needs.get(member, ())
                    if deeper not in circle
                )
            found.update(dict.fromkeys(circle or [item]))
        result[path] = tuple(item for item in found if item != path)
    return result
