"""What takes the room in a wheel: folders, files, their sections, their crates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ferrule.report.model import SizeNode

if TYPE_CHECKING:
    from ferrule.report.model import Binary
    from ferrule.wheel.entry import Entry

__all__ = ["largest_files", "size_tree"]

_CODE = (".text", "__TEXT,__text")
_FEW = 24


def size_tree(
    name: str, entries: Iterable[Entry], binaries: Iterable[Binary]
) -> SizeNode:
    """Return all members as a tree, the largest first on every level.

    Folders that hold nothing but one folder are joined with it.
    """
    parts = {item.path: item for item in binaries}
    root = _Folder({}, {})
    for entry in entries:
        place = root
        *folders, leaf = entry.path.split("/")
        for folder in folders:
            place = place.folders.setdefault(folder, _Folder({}, {}))
        place.files[leaf] = entry
    children = _nodes(root, parts)
    return SizeNode(name, "folder", *_totals(children), children)


def largest_files(tree: SizeNode, count: int) -> list[tuple[str, SizeNode]]:
    """Return the paths and nodes of the largest files."""
    found: list[tuple[str, SizeNode]] = []
    pending = [("", item) for item in tree.children]
    while pending:
        prefix, node = pending.pop()
        path = f"{prefix}{node.name}"
        if node.kind == "folder":
            pending += [(f"{path}/", item) for item in node.children]
        else:
            found.append((path, node))
    return sorted(found, key=lambda item: (-item[1].size, item[0]))[:count]


class _Folder(NamedTuple):
    folders: dict[str, _Folder]
    files: dict[str, Entry]


def _nodes(place: _Folder, parts: Mapping[str, Binary]) -> tuple[SizeNode, ...]:
    found = []
    for name, entry in place.files.items():
        binary = parts.get(entry.path)
        children = _sections(binary) if binary else ()
        sizes = entry.size, entry.compressed_size
        found.append(SizeNode(name, "file", *sizes, children))
    for name, folder in place.folders.items():
        children, path = _nodes(folder, parts), name
        if len(children) == 1 and children[0].kind == "folder":
            path, children = f"{name}/{children[0].name}", children[0].children
        found.append(SizeNode(path, "folder", *_totals(children), children))
    return tuple(sorted(found, key=lambda node: (-node.size, node.name)))


def _totals(children: Sequence[SizeNode]) -> tuple[int, int]:
    return (
        sum(item.size for item in children),
        sum(item.compressed for item in children),
    )


def _sections(binary: Binary) -> tuple[SizeNode, ...]:
    """Return the parts of a binary; fat files have one node for each slice."""
    slices = [item.arch for item in binary.slices]
    is_fat = len(slices) > 1
    groups: dict[str, list[SizeNode]] = {}
    for section in binary.sections:
        arch, _, name = (
            section.name.rpartition(" ") if is_fat else ("", "", section.name)
        )
        is_code = name in _CODE and not is_fat
        groups.setdefault(arch, []).append(
            SizeNode(
                name,
                "section",
                section.size,
                0,
                _crates(binary, section.size) if is_code else (),
            )
        )
    if not is_fat:
        return _with_rest(groups.get("", []), binary.size, "headers and padding")
    nodes = [
        SizeNode(arch, "section", sum(item.size for item in items), 0, tuple(items))
        for arch, items in groups.items()
    ]
    return _with_rest(nodes, binary.size, "headers and padding")


def _crates(binary: Binary, size: int) -> tuple[SizeNode, ...]:
    named = [item for item in binary.crates if item.crate]
    nodes = [SizeNode(item.crate, "crate", item.size, 0) for item in named[:_FEW]]
    return _with_rest(nodes, size, "not Rust, or unnamed") if nodes else ()


def _with_rest(
    nodes: Sequence[SizeNode], total: int, name: str
) -> tuple[SizeNode, ...]:
    rest = total - sum(item.size for item in nodes)
    kept = sorted(nodes, key=lambda node: (-node.size, node.name))
    if nodes and rest > 0:
        kept.append(SizeNode(name, "rest", rest, 0))
    return tuple(kept)
