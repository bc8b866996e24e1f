from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.wheel_file import UnsafeMemberError
from ferrule.wheel.member_names import check_tree, path_problem


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "its name is empty"),
        ("/etc/passwd", "its name is an absolute path"),
        ("//server/share", "its name is an absolute path"),
        ("../x", "its name leads to another folder by '..'"),
        ("a/../../x", "its name leads to another folder by '..'"),
        ("a/..", "its name leads to another folder by '..'"),
        ("a//b", "its name has an empty part"),
        ("./a", "its name has an empty part"),
        ("a/", "its name has an empty part"),
        ("C:/x", "its name begins with a drive of Windows"),
        ("c:x", "its name begins with a drive of Windows"),
        ("a\\..\\x", "its name has a backslash, which Windows takes for a folder"),
        ("a\0b", "its name has control characters"),
        ("a\nb", "its name has control characters"),
        ("a\x7f", "its name has control characters"),
    ],
)
def test_unsafe_names(path, problem):
    assert path_problem(path) == problem


@pytest.mark.parametrize("path", ["a", "a/b.py", "..a/b..", "é/ü", "a b", "...", "1:x"])
def test_safe_names(path):
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    ("files", "folders", "member", "reason"),
    [
        (["a", "b", "a"], (), "a", "it is there twice"),
        (["a", "a/b"], (), "a", "it is a file and a folder: of 'a'"),
        (["a/b", "a/b/c/d"], (), "a/b", "it is a file and a folder: of 'a/b/c'"),
        (["a/b"], ("a/b/",), "a/b", "it is a file and a folder: of 'a/b'"),
    ],
)
def test_names_that_exclude_each_other(files, folders, member, reason):
    with pytest.raises(UnsafeMemberError) as caught:
        check_tree(files, folders, Path("x.whl"))
    assert (caught.value.member, caught.value.reason) == (member, reason)


def test_a_tree():
    check_tree(["a/b", "a/c", "d", "a/e/f"], ("a/", "g/"), Path("x.whl"))
