"""Lists of files as settings that pack exactly them."""

from __future__ import annotations

from ferrule.project.setuptools.patterns import describe_files, group_paths

TREE = (
    *("src/a/__init__.py", "src/a/x.txt", "src/a/b/__init__.py", "src/a/b/no.rs"),
    *("src/m.py", "src/n.py", "src/n.pyi", "other/p.py", "other/q.py", "other/r.txt"),
)


def test_whole_folders_are_packages():
    files = {"src/a/__init__.py": "a/__init__.py", "src/a/x.txt": "a/x.txt"}
    tree = [path for path in TREE if not path.startswith("src/a/b/")]

    found = describe_files(files, "src", tree)

    assert found.python_packages == ["a"]
    assert found.include == []


def test_parts_of_folders_are_patterns():
    wanted = ("src/a/__init__.py", "src/a/b/__init__.py")
    files = {path: path[len("src/") :] for path in wanted}

    found = describe_files(files, "src", TREE)

    assert found.python_packages == []
    assert found.include == ["src/a/*.py", "src/a/b/*.py"]


def test_a_nested_folder_can_be_whole():
    tree = ("ns/a/x.py", "ns/a/y.txt", "ns/other/z.py")
    files = {"ns/a/x.py": "ns/a/x.py", "ns/a/y.txt": "ns/a/y.txt"}

    assert describe_files(files, "", tree).python_packages == ["ns/a"]


def test_modules_are_named_unless_a_stub_would_come_along():
    files = {"src/m.py": "m.py", "src/n.py": "n.py"}

    found = describe_files(files, "src", TREE)

    assert found.python_packages == ["m"]
    assert found.include == ["src/n.py"]


def test_moved_files_get_their_folder():
    files = {"other/p.py": "pkg/p.py", "other/q.py": "pkg/q.py"}

    found = describe_files(files, "", TREE)

    assert found.include == [{"path": "other/*.py", "to": "pkg"}]


def test_names_with_wildcards_are_escaped():
    assert group_paths(["a[1].txt"], ["a[1].txt", "a1.txt"]) == ["a[[]1].txt"]
