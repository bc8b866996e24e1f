from __future__ import annotations

import pytest

from ferrule.wheel.tags import WheelTag, wheel_filename


def test_expanded_lists_every_combination_sorted():
    tag = WheelTag(
        "cp39", "abi3.abi3t", ("manylinux_2_17_x86_64", "manylinux2014_x86_64")
    )
    assert tag.expanded() == [
        "cp39-abi3-manylinux2014_x86_64",
        "cp39-abi3-manylinux_2_17_x86_64",
        "cp39-abi3t-manylinux2014_x86_64",
        "cp39-abi3t-manylinux_2_17_x86_64",
    ]


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("1.0", "a_b-1.0-py2.py3-none-any.whl"),
        ("1.0+local.1", "a_b-1.0+local.1-py2.py3-none-any.whl"),
        ("1.0-1", "a_b-1.0_1-py2.py3-none-any.whl"),
    ],
)
def test_file_name(version, name):
    assert wheel_filename("a_b", version, WheelTag("py3.py2", "none", ("any",))) == name


def test_packaging_reads_the_name():
    from packaging.utils import parse_wheel_filename

    tag = WheelTag("cp312", "cp312", ("musllinux_1_2_x86_64", "linux_x86_64"))
    _, _, build, tags = parse_wheel_filename(wheel_filename("a", "1", tag))
    assert build == ()
    assert sorted(map(str, tags)) == tag.expanded()
