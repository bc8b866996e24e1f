from __future__ import annotations

import io
import tarfile

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.wheel import UnreadableArchiveError
from ferrule.sdist.comparison import compare_sdists
from ferrule.wheel.comparison import Difference

INFO = b"Metadata-Version: 2.4\nName: x\nVersion: 1\n"


@pytest.fixture
def sdist(tmp_path):
    def write(info=INFO, **files):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name, content in {"PKG-INFO": info, **files}.items():
                entry = tarfile.TarInfo(f"x-1/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return path

    return write


def test_equal_sdists_have_no_differences(sdist):
    assert compare_sdists(sdist(a=b"1"), sdist(a=b"1")) == []


def test_files_contents_and_metadata(sdist):
    left = sdist(a=b"1", gone=b"")
    right = sdist(INFO + b"Summary: s\n", a=b"22")
    assert compare_sdists(left, right) == [
        Difference("content", "a", "1 bytes", "2 bytes"),
        Difference("file", "gone", "gone", None),
        Difference("metadata", "Summary", None, "s"),
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"pyproject.toml": b"a"}, {"pyproject.toml": b"b"}),
        ({"src/x.egg-info/SOURCES.txt": b""}, {}),
        ({"setup.cfg": b""}, {}),
        ({}, {"rust/Cargo.lock": b""}),
        ({"Cargo.toml": b"a"}, {"Cargo.toml": b"b"}),
        ({}, {"info": INFO + b"Requires-Dist: a\n"}),
    ],
)
def test_known_improvements_are_explained(sdist, left, right):
    archives = sdist(**left), sdist(**right)
    (found,) = compare_sdists(*archives, expected=["pyproject.toml"])
    assert found.explanation


def test_an_archive_that_cannot_be_read(tmp_path):
    path = tmp_path / "x.tar.gz"
    with pytest.raises(ReadError):
        compare_sdists(path, path)
    path.write_bytes(b"no archive")
    with pytest.raises(UnreadableArchiveError):
        compare_sdists(path, path)
