from __future__ import annotations

import pytest

from ferrule.wheel.module_names import module_key, pair_names


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a/_x.cpython-312-x86_64-linux-gnu.so", "a/_x.so"),
        ("_x.abi3.so", "_x.so"),
        ("_x.pypy310-pp73-x86_64-linux-gnu.so", "_x.so"),
        ("_x.cp312-win_amd64.pyd", "_x.pyd"),
        ("_x.so", "_x.so"),
        ("a.b/data.tar.gz", "a.b/data.tar.gz"),
        ("x.libs/libssl-1a2b.so.3", "x.libs/libssl-1a2b.so.3"),
    ],
)
def test_the_abi_is_no_part_of_the_key(name, key):
    assert module_key(name) == key


def test_modules_that_differ_in_their_abi_are_pairs():
    left = ["a.py", "gone.py", "x.cpython-312.so", "y.abi3.so", "y.cpython-312.so"]
    right = ["a.py", "new.py", "x.abi3.so", "y.abi3.so"]
    assert pair_names(left, right) == [
        ("a.py", "a.py"),
        ("gone.py", None),
        (None, "new.py"),
        ("x.cpython-312.so", "x.abi3.so"),
        ("y.abi3.so", "y.abi3.so"),
        ("y.cpython-312.so", None),
    ]
