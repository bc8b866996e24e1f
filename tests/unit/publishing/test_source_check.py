from __future__ import annotations

import gzip
import tarfile

import pytest
from small_dists import write_sdist

from ferrule.audit.rules import RULES
from ferrule.errors.files import ReadError
from ferrule.publishing.source_check import check_sdist


def entry(name, kind=tarfile.REGTYPE, link="", size=0):
    item = tarfile.TarInfo(name)
    item.type, item.linkname, item.size = kind, link, size
    return item


def rules(path, name="small-thing", version="1.0"):
    found = check_sdist(path, name, version)
    assert {item.rule for item in found} <= RULES.keys()
    return [item.rule for item in found]


def test_a_good_sdist_has_no_findings(tmp_path):
    inside = entry("small_thing-1.0/a/link", tarfile.SYMTYPE, "../PKG-INFO")
    assert rules(write_sdist(tmp_path, members=[inside])) == []


@pytest.mark.parametrize(
    "member",
    [
        entry("/etc/passwd"),
        entry("small_thing-1.0/../../x"),
        entry("C:/x"),
        entry("small_thing-1.0\\x"),
        entry("small_thing-1.0/link", tarfile.SYMTYPE, "../../x"),
        entry("small_thing-1.0/link", tarfile.SYMTYPE, "/etc/passwd"),
        entry("small_thing-1.0/link", tarfile.LNKTYPE, "../x"),
        entry("small_thing-1.0/pipe", tarfile.FIFOTYPE),
        entry("small_thing-1.0/device", tarfile.CHRTYPE),
    ],
    ids=lambda item: f"{item.name}-{item.linkname}",
)
def test_members_that_leave_the_folder_are_told(tmp_path, member):
    path = write_sdist(tmp_path, members=[member])
    assert rules(path) == ["sdist-member"]
    [finding] = check_sdist(path, "small-thing", "1.0")
    assert finding.details[0].startswith(member.name)


def test_files_beside_the_folder_are_told(tmp_path):
    path = write_sdist(tmp_path, members=[entry("setup.py")])
    assert rules(path) == ["sdist-folder"]


def test_the_name_is_that_of_pep_625(tmp_path):
    path = write_sdist(tmp_path, filename="Small-Thing-1.0.tar.gz")
    assert rules(path) == ["sdist-name", "sdist-folder"]
    assert (
        "asks for small_thing-1.0.tar.gz"
        in check_sdist(path, "small-thing", "1.0")[0].what
    )


def test_another_release_in_pkg_info_is_told(tmp_path):
    path = write_sdist(tmp_path)
    assert rules(path, version="1.0.0") == ["sdist-name"]
    found = check_sdist(path, "other", "1.0")
    assert "PKG-INFO is that of small-thing 1.0" in found[-1].what


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"no tar" * 200)])
def test_what_is_no_archive_is_told(tmp_path, content):
    path = tmp_path / "small_thing-1.0.tar.gz"
    path.write_bytes(content)
    assert rules(path) == ["sdist-archive"]


def test_every_truncation_is_told(tmp_path):
    path = write_sdist(tmp_path)
    content = path.read_bytes()
    for size in range(0, len(content) - 1, 7):
        path.write_bytes(content[:size])
        assert rules(path), size


def test_a_bomb_is_not_unpacked(tmp_path):
    bomb = entry("small_thing-1.0/bomb", size=0)
    path = write_sdist(tmp_path, members=[bomb])
    plain = bytearray(gzip.decompress(path.read_bytes()))
    place = plain.index(b"small_thing-1.0/bomb")
    header = tarfile.TarInfo("small_thing-1.0/bomb")
    header.size = 1 << 33
    plain[place : place + 512] = header.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(gzip.compress(bytes(plain)))
    assert rules(path) == ["sdist-archive"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Metadata-Version: 2.4\nName: small-thing\n", "version"),
        ("Metadata-Version: 2.4\nName: small-thing\nVersion: 1.0\nOdd: x\n", "odd"),
    ],
)
def test_broken_metadata_is_told(tmp_path, monkeypatch, text, word):
    monkeypatch.setattr("small_dists.METADATA", text)
    found = check_sdist(write_sdist(tmp_path), "small-thing", "1.0")
    assert [item.rule for item in found] == ["sdist-metadata"]
    assert word in found[0].details[0]


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ReadError):
        check_sdist(tmp_path / "a-1.tar.gz", "a", "1")
