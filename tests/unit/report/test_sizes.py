"""The tree of sizes."""

from __future__ import annotations

from ferrule.report.model import Binary, CrateShare, Section, SizeNode, SliceFacts
from ferrule.report.sizes import largest_files, size_tree
from ferrule.wheel.entry import Entry


def entry(path, size, compressed=1):
    return Entry(path, 0o644, 0, 8, 0, compressed, size, 0)


def binary(path, size, **more):
    values = {
        "path": path,
        "format": "elf",
        "slices": (SliceFacts("x86_64", "", ""),),
        "size": size,
        "compressed": 1,
        "python_abi": "",
        "inits": (),
        "libraries": (),
        "rpaths": (),
        "has_symbol_table": False,
        "debug": 0,
        "build_id": "",
        "hardening": (),
        "sections": (),
        "crates": (),
        "python_symbols": (),
    }
    return Binary(**{**values, **more})


def names(node):
    return [(item.name, item.size) for item in node.children]


def test_folders_add_up_and_the_largest_is_first():
    tree = size_tree(
        "x.whl", [entry("a/x.py", 5, 2), entry("a/b/y.py", 7, 3), entry("z", 20, 4)], []
    )
    assert (tree.size, tree.compressed) == (32, 9)
    assert names(tree) == [("z", 20), ("a", 12)]
    assert names(tree.children[1]) == [("b", 7), ("x.py", 5)]


def test_a_folder_of_one_folder_is_joined_with_it():
    tree = size_tree("x.whl", [entry("a/b/c/x", 1), entry("a/b/c/y", 2)], [])
    assert names(tree) == [("a/b/c", 3)]


def test_a_binary_has_its_sections_and_their_crates_inside():
    parts = binary(
        "m.so",
        1000,
        sections=(Section(".text", 600), Section(".rodata", 300)),
        crates=(CrateShare("pyo3", 400), CrateShare("", 150)),
    )
    tree = size_tree("x.whl", [entry("m.so", 1000)], [parts])
    module = tree.children[0]
    assert names(module) == [
        (".text", 600),
        (".rodata", 300),
        ("headers and padding", 100),
    ]
    assert names(module.children[0]) == [("pyo3", 400), ("not Rust, or unnamed", 200)]


def test_a_fat_file_is_divided_into_its_architectures():
    parts = binary(
        "m.so",
        1000,
        slices=(SliceFacts("arm64", "", ""), SliceFacts("x86_64", "", "")),
        sections=(
            Section("arm64 __TEXT,__text", 300),
            Section("x86_64 __TEXT,__a", 600),
        ),
    )
    module = size_tree("x.whl", [entry("m.so", 1000)], [parts]).children[0]
    assert names(module) == [
        ("x86_64", 600),
        ("arm64", 300),
        ("headers and padding", 100),
    ]
    assert names(module.children[0]) == [("__TEXT,__a", 600)]


def test_largest_files():
    tree = SizeNode(
        "x",
        "folder",
        9,
        0,
        (
            SizeNode("a/b", "folder", 6, 0, (SizeNode("f", "file", 6, 0),)),
            SizeNode("g", "file", 3, 0),
        ),
    )
    assert [path for path, _ in largest_files(tree, 5)] == ["a/b/f", "g"]
    assert [path for path, _ in largest_files(tree, 1)] == ["a/b/f"]
