"""The drawings of the size map."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.report.model import SizeNode
from ferrule.report.size_views import SHAPES, category, size_views


def folder(name, *children):
    return SizeNode(name, "folder", sum(item.size for item in children), 1, children)


def file(name, size, *children):
    return SizeNode(name, "file", size, 1, children)


FILES = st.integers(0, 10**7).map(lambda size: file(f"f{size}.py", size))
TREES = st.recursive(
    FILES,
    lambda below: st.lists(below, min_size=1, max_size=6).map(
        lambda items: folder("d", *items)
    ),
    max_leaves=40,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(TREES, min_size=1, max_size=8))
def test_tiles_lie_inside_what_they_are_parts_of(children):
    data = size_views(folder("x.whl", *children))
    for view in data["views"]:
        for shape, (width, height) in SHAPES.items():
            places = {view["node"]: (0, 0, width, height)}
            for number, depth, *place in view[shape]:
                x, y, across, down = places[data["nodes"][number]["p"]]
                assert place[0] >= x - 0.2
                assert place[1] >= y - 0.2
                assert place[0] + place[2] <= x + across + 0.3
                assert place[1] + place[3] <= y + down + 0.3
                assert depth >= 0
                places[number] = tuple(place)


def test_every_opened_part_has_its_drawing():
    data = size_views(folder("x", folder("a", file("b.py", 5), file("c.py", 5))))
    opened = [node["v"] for node in data["nodes"] if node["v"] >= 0]
    assert sorted(opened) == list(range(len(data["views"])))
    assert data["views"][0]["node"] == 0
    json.dumps(data)


def test_many_small_files_are_one_tile():
    small = [file(f"{number}.py", 1) for number in range(50)]
    data = size_views(folder("x", file("large.so", 10**6), *small))
    names = [node["n"] for node in data["nodes"]]
    assert names == ["x", "large.so", "50 smaller"]
    assert data["nodes"][2]["s"] == 50


def test_the_page_of_a_huge_wheel_stays_small():
    folders = [
        folder(
            f"d{number}", *(file(f"{place}.py", 1000 + place) for place in range(40))
        )
        for number in range(60)
    ]
    assert len(json.dumps(size_views(folder("x", *folders)))) < 1_500_000


@pytest.mark.parametrize(
    ("node", "parent", "expected"),
    [
        (file("a.py", 1), "", "python"),
        (file("a.so", 1), "", "binary"),
        (file("x.txt", 1), "", "data"),
        (file("METADATA", 1), "metadata", "metadata"),
        (folder("pkg-1.dist-info"), "", "metadata"),
        (folder("pkg"), "", "folder"),
        (SizeNode(".text", "section", 1, 0), "binary", "code"),
        (SizeNode(".debug_info", "section", 1, 0), "binary", "debug"),
        (SizeNode(".rodata", "section", 1, 0), "binary", "binary"),
        (SizeNode("pyo3", "crate", 1, 0), "code", "code"),
        (SizeNode("3 smaller", "rest", 1, 0), "folder", "rest"),
    ],
)
def test_colours(node, parent, expected):
    assert category(node, parent) == expected
