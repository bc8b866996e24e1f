"""The drawings behind the page's size map: one for each part one can go into.

A drawing is computed for three shapes of window, so that the page only has to
draw rectangles. Numbers are units of the drawing's own coordinate system, about
a pixel each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ferrule.records import dataclass
from ferrule.report.model import SizeNode
from ferrule.report.treemap import Rectangle, squarify

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SHAPES", "category", "size_views"]

SHAPES: Mapping[str, tuple[int, int]] = {
    "wide": (1000, 480),
    "middle": (660, 440),
    "tall": (340, 420),
}
"""Width and height of the drawings."""

_MOST_VIEWS = 24
_HEADER, _SIDE = 22.0, 3.0
_LEAST_FOLDER = (88.0, 64.0)
_LEAST_SHARE = 1 / 700
_LEAST_SIDE = 3.0
_DEPTH = 6
_DEBUG = (".debug_", ".zdebug_", "__DWARF")
_CODE = (".text", ".plt", "__TEXT,__text", "__TEXT,__stubs")
_BINARIES = (".so", ".pyd", ".dll", ".dylib", ".exe", ".a", ".lib")


def size_views(tree: SizeNode) -> dict[str, Any]:
    """Return nodes and drawings as plain data for the page's script.

    `nodes` have name `n`, kind `k`, category `c`, size `s`, compressed size `z`,
    number of the drawing that shows their inside `v` (-1 for none) and its path
    `p`. `views` have the node that they show and rows of node, depth, x, y, width
    and height for each shape.
    """
    drawer = _Drawer(tree)
    return {
        "shapes": {name: list(size) for name, size in SHAPES.items()},
        "views": [drawer.view(number) for number in range(len(drawer.opened))],
        "nodes": drawer.nodes,
    }


def category(node: SizeNode, parent: str = "") -> str:
    """Return the kind of thing that a node is, which gives it its colour."""
    name = node.name.lower()
    if node.kind == "rest":
        return "rest"
    if node.kind == "crate" or (node.kind == "section" and node.name in _CODE):
        return "code"
    if node.kind == "section":
        return "debug" if node.name.startswith(_DEBUG) else "binary"
    if ".dist-info" in name or parent == "metadata":
        return "metadata"
    return "folder" if node.kind == "folder" else _file_category(node, name)


def _file_category(node: SizeNode, name: str) -> str:
    if node.children or name.endswith(_BINARIES):
        return "binary"
    return "python" if name.endswith((".py", ".pyi")) else "data"


@dataclass(frozen=True)
class _Place:
    """A node, what is above it, and what it counts as."""

    node: SizeNode
    parent: int
    category: str


class _Drawer:
    def __init__(self, tree: SizeNode) -> None:
        self.places: list[_Place] = []
        self.numbers: dict[int, int] = {}
        self.nodes: list[dict[str, Any]] = []
        self.children: dict[int, list[int]] = {}
        self._add(tree, -1, "")
        inner = [number for number in self.children if number]
        inner.sort(key=lambda number: (-self.places[number].node.size, number))
        self.opened = [0, *inner[: _MOST_VIEWS - 1]]
        for view, number in enumerate(self.opened):
            self.nodes[number]["v"] = view

    def _add(self, node: SizeNode, parent: int, parent_category: str) -> int:
        number = len(self.places)
        kind = category(node, parent_category)
        self.places.append(_Place(node, parent, kind))
        self.nodes.append(
            {
                "n": node.name,
                "k": node.kind,
                "c": kind,
                "s": node.size,
                "z": node.compressed,
                "v": -1,
                "p": parent,
            }
        )
        shown, hidden = _visible(node.children, node.size)
        below = [self._add(item, number, kind) for item in shown]
        if hidden:
            below.append(self._add(_joined(hidden), number, kind))
        if below:
            self.children[number] = below
        return number

    def view(self, view: int) -> dict[str, Any]:
        number = self.opened[view]
        return {
            "node": number,
            **{
                shape: [
                    [item, depth, *(round(value, 1) for value in place)]
                    for item, depth, place in self._rows(
                        number, Rectangle(0, 0, width, height), 0
                    )
                ]
                for shape, (width, height) in SHAPES.items()
            },
        }

    def _rows(
        self, number: int, area: Rectangle, depth: int
    ) -> Iterator[tuple[int, int, Rectangle]]:
        below = [item for item in self.children[number] if self.nodes[item]["s"] > 0]
        below.sort(key=lambda item: -self.nodes[item]["s"])
        sizes = [self.nodes[item]["s"] for item in below]
        for item, place in zip(below, squarify(sizes, area)):
            if depth and min(place.width, place.height) < _LEAST_SIDE:
                continue
            yield item, depth, place
            is_large = (
                place.width >= _LEAST_FOLDER[0] and place.height >= _LEAST_FOLDER[1]
            )
            if item in self.children and depth + 1 < _DEPTH and is_large:
                inside = place.inset(top=_HEADER, sides=_SIDE)
                yield from self._rows(item, inside, depth + 1)


def _visible(
    children: Sequence[SizeNode], total: int
) -> tuple[list[SizeNode], list[SizeNode]]:
    """Return the children that can be seen in a drawing, and the others."""
    few = 3
    shown = [item for item in children if item.size >= total * _LEAST_SHARE]
    hidden = [item for item in children if item.size < total * _LEAST_SHARE]
    return (list(children), []) if len(hidden) < few else (shown, hidden)


def _joined(nodes: Sequence[SizeNode]) -> SizeNode:
    return SizeNode(
        f"{len(nodes)} smaller",
        "rest",
        sum(item.size for item in nodes),
        sum(item.compressed for item in nodes),
    )
