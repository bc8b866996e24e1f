from __future__ import annotations

import os

import pytest

from ferrule.pipeline.build.placing import write_members
from ferrule.wheel.member import Member


@pytest.mark.parametrize("link", [False, True])
def test_members_lie_below_the_folder(link, tmp_path):
    library = tmp_path / "libdemo.so"
    library.write_bytes(b"code")
    members = [
        Member("pkg/__init__.py", b"x = 1\n"),
        Member("pkg/libdemo.so", library, executable=True),
    ]
    for _ in range(2):  # the second time over the files of the first
        written = write_members(members, tmp_path / "out", link=link)
    assert [path.relative_to(tmp_path / "out").as_posix() for path in written] == [
        "pkg/__init__.py",
        "pkg/libdemo.so",
    ]
    assert [path.read_bytes() for path in written] == [b"x = 1\n", b"code"]
    assert os.path.samefile(written[1], library) is link
    assert sorted(os.listdir(tmp_path / "out" / "pkg")) == ["__init__.py", "libdemo.so"]
