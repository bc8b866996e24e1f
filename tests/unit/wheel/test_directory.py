from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from ferrule.errors.wheel_file import (
    BrokenWheelError,
    DamagedMemberError,
    UnsafeMemberError,
    WheelBombError,
)
from ferrule.wheel.directory import read_directory
from tests.unit.made_wheels import Member, archive

WIDE = 0xFFFFFFFF
PATH = Path("x.whl")


def read(data):
    return read_directory(memoryview(data), PATH)


def refusal(data):
    with pytest.raises(BrokenWheelError) as caught:
        read(data)
    return type(caught.value), caught.value.member, caught.value.reason


def test_entries():
    data = archive(Member("a", b"x" * 50), Member("b/ü", b"y", method=0, mode=0o100755))
    found = read(data)
    assert list(found.entries) == ["a", "b/ü"]
    first, second = found.entries.values()
    assert (first.size, first.method, first.mode) == (50, 8, 0o644)
    assert (second.size, second.method, second.mode) == (1, 0, 0o755)
    assert data[found.starts["b/ü"] :][:1] == b"y"


@pytest.mark.parametrize(
    "member",
    [
        Member("a", b"x" * 50, descriptor="<4sIII"),
        Member("a", b"x" * 50, descriptor="<III"),
        Member("a", b"x" * 50, descriptor="<4sIQQ"),
        Member("a", b"x" * 50, descriptor="<IQQ"),
        Member("a", b"x", extra=b"UT\5\0\1abcd", local_extra=b"UT\5\0\1abcd"),
        Member(
            "a",
            b"x",
            method=0,
            central={"size": WIDE, "packed": WIDE},
            extra=struct.pack("<2H2Q", 1, 16, 1, 1),
        ),
        Member("a", b"x", extra=struct.pack("<2H2Q", 1, 16, 1, 1)),
        Member(
            "a",
            b"x",
            method=0,
            local={"size": WIDE, "packed": WIDE},
            local_extra=struct.pack("<2H2Q", 1, 16, 1, 1),
        ),
        Member("a", b"x", extra=b"\x75\x70\6\0\1abcda", mode=0),
    ],
    ids=lambda item: item.descriptor or repr(item.extra or item.local_extra),
)
def test_what_other_writers_do(member):
    found = read(archive(member, Member("b", b"y")))
    assert [entry.size for entry in found.entries.values()] == [
        len(member.content),
        1,
    ]


def test_folders_gaps_and_comments_are_no_files():
    data = archive(
        Member("a/", mode=0o040755, method=0), Member("a/b"), gap=b"gap", comment=b"c"
    )
    found = read(data)
    assert (list(found.entries), found.folders) == (["a/b"], ("a/",))


def test_names_without_the_mark_for_utf_8_are_of_the_old_encoding():
    member = Member("a\x81", central={"name": b"a\x81", "flags": 0})
    member.local = member.central
    assert list(read(archive(member)).entries) == ["aü"]


def test_permissions_of_other_systems_are_made_up():
    data = archive(
        Member("a", mode=0o100666, system=0),
        Member("b", mode=0, system=0),
        Member("c", mode=0o100777, system=0),
        Member("d", mode=0o100666),
    )
    modes = [entry.mode for entry in read(data).entries.values()]
    assert modes == [0o644, 0o644, 0o755, 0o666]


def test_a_large_file_of_the_standard_library():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        member = made.open("big", "w", force_zip64=True)
        member.write(b"x" * 1000)
        member.close()
    assert read(stream.getvalue()).entries["big"].size == 1000


def test_a_stream_of_the_standard_library():
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, piece):
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a", b"x" * 1000)
        with made.open("b", "w", force_zip64=True) as member:
            member.write(b"y" * 1000)
    found = read(pipe.data)
    assert [entry.size for entry in found.entries.values()] == [1000, 1000]
    assert found.streamed == {"a", "b"}


@pytest.mark.parametrize(
    ("member", "kind", "reason"),
    [
        (Member("../a"), UnsafeMemberError, "its name leads to another folder"),
        (Member("/a"), UnsafeMemberError, "its name is an absolute path"),
        (Member("a\\b"), UnsafeMemberError, "its name has a backslash"),
        (Member("C:a"), UnsafeMemberError, "its name begins with a drive"),
        (Member("a\0b"), UnsafeMemberError, "its name has control characters"),
        (Member("a", flags=1), UnsafeMemberError, "it is encrypted"),
        (Member("a", flags=0x41), UnsafeMemberError, "it is encrypted"),
        (Member("a", flags=0x2000), UnsafeMemberError, "it is encrypted"),
        (Member("a", b"b", mode=0o120777), UnsafeMemberError, "it is a symbolic link"),
        (Member("a", mode=0o010644), UnsafeMemberError, "it is neither a file nor a"),
        (Member("a", mode=0o040755), UnsafeMemberError, "it is neither a file nor a"),
        (Member("a/", mode=0o100644), UnsafeMemberError, "it is neither a file nor"),
        (Member("a/", b"x", mode=0), UnsafeMemberError, "it is a folder with content"),
        (
            Member("a", extra=b"\x75\x70\6\0\1abcdb"),
            UnsafeMemberError,
            "it has a second name, 'b', which other readers would use",
        ),
        (
            Member("a", local_extra=b"\x75\x70\6\0\1abcdb"),
            UnsafeMemberError,
            "it has a second name, 'b', which other readers would use",
        ),
        (
            Member("a", method=12),
            BrokenWheelError,
            "it is packed by method 12; wheels may store (0) or deflate (8)",
        ),
        (Member("a", flags=0x20), BrokenWheelError, "it is packed by method 8"),
        (
            Member("a", central={"disk": 1}),
            BrokenWheelError,
            "it is in another part of the archive",
        ),
        (Member("a", extra=b"UT\x20\0"), BrokenWheelError, "an extra field is longer"),
        (
            Member("a", central={"size": WIDE}, extra=b"\1\0\4\0abcd"),
            BrokenWheelError,
            "its zip64 field is too short",
        ),
        (
            Member("a", b"xyz", method=0, central={"size": 4}),
            BrokenWheelError,
            "it is stored, and its two sizes differ",
        ),
        (
            Member("a", b"x", central={"size": 1 << 20}),
            WheelBombError,
            "it claims 1048576 bytes out of 3, which no compression can do",
        ),
        (
            Member("a", b"x", local={"crc": 5}),
            DamagedMemberError,
            "its local header has another size or checksum than the directory",
        ),
        (
            Member("a", b"x", local={"size": 5}),
            DamagedMemberError,
            "its local header has another size or checksum than the directory",
        ),
        (
            Member("a", b"x", descriptor="<III", local={"size": 5}),
            DamagedMemberError,
            "its local header has another size or checksum than the directory",
        ),
        (
            Member("a", b"x", local={"method": 0}),
            DamagedMemberError,
            "its local header has other flags than the directory",
        ),
        (
            Member("a", b"x", local={"flags": 0x800}),
            DamagedMemberError,
            "its local header has other flags than the directory",
        ),
        (
            Member("a", b"x", local={"name": b"b"}),
            DamagedMemberError,
            "its local header calls it 'b'",
        ),
        (
            Member("a", b"x", central={"crc": 5}, descriptor="<III"),
            DamagedMemberError,
            "its data descriptor has another size or checksum than the directory",
        ),
        (
            Member("a", b"x", central={"offset": 1 << 30}),
            BrokenWheelError,
            "there are 1073741824 bytes of other data before the archive",
        ),
    ],
    ids=lambda item: getattr(item, "name", getattr(item, "__name__", str(item)[:40])),
)
def test_refused_members(member, kind, reason):
    found = refusal(archive(member))
    assert found[0] is kind
    assert found[1] in (member.name, "")
    assert found[2].startswith(reason)


def test_names_that_are_not_the_utf_8_they_claim_to_be():
    changes = {"name": b"a\xff", "flags": 0x800}
    assert refusal(archive(Member("a", central=changes, local=changes))) == (
        UnsafeMemberError,
        "a\\xff",
        "its name is not the UTF-8 it claims to be",
    )


def test_duplicates():
    data = archive(Member("a", b"x"), Member("a", b"y"))
    assert refusal(data) == (UnsafeMemberError, "a", "it is there twice")


def test_overlapping_files():
    data = archive(Member("a", b"x"), Member("b", b"y", central={"offset": 0}))
    assert refusal(data) == (WheelBombError, "b", "it overlaps 'a'")


def test_content_that_reaches_into_the_directory():
    changes = {"packed": 20, "size": 20}
    member = Member("a", b"x", method=0, central=changes, local=changes)
    assert refusal(archive(member)) == (
        BrokenWheelError,
        "a",
        "its content reaches into the directory",
    )


def test_a_local_header_that_is_missing():
    member = Member("b", central={"offset": 31 + 31})
    found = refusal(archive(Member("a", method=0), member))
    assert found == (DamagedMemberError, "b", "its local header is missing")


def test_a_local_header_that_is_damaged():
    data = archive(Member("a", b"x", method=0), Member("b", b"y"))
    data = data[:32] + b"XX" + data[34:]
    found = refusal(data)
    assert found == (DamagedMemberError, "b", "its local header is damaged")


def test_a_bomb():
    # One file is below the limit of deflate; all together make 70 MiB of 70 kB.
    facts = {"size": 10 << 20}
    packed = bytes(10200)
    members = [
        Member(f"{number}", packed=packed, central=facts, local=facts)
        for number in range(7)
    ]
    kind, member, reason = refusal(archive(*members))
    assert (kind, member) == (WheelBombError, "")
    assert reason.endswith("would become 73400320: more than 50 times as much")


def test_a_bomb_of_overlapping_files_is_refused_without_unpacking():
    facts = {"size": 1 << 20, "offset": 0}
    members = [
        Member(f"{number}", packed=bytes(1100), central=facts) for number in range(70)
    ]
    assert refusal(archive(*members))[0] is WheelBombError


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (3, "its directory has fewer files than it says"),
        (1, "its directory has more files than it says"),
    ],
)
def test_a_directory_of_another_length(count, reason):
    data = archive(Member("a"), Member("b"), count=count)
    assert refusal(data) == (BrokenWheelError, "", reason)


def test_a_damaged_directory():
    data = archive(Member("a"), Member("b"))
    place = data.rindex(b"PK\1\2")
    found = refusal(data[:place] + b"PKxx" + data[place + 4 :])
    assert found == (BrokenWheelError, "", "its directory is damaged")


def test_the_text_of_refusals():
    with pytest.raises(UnsafeMemberError) as caught:
        read(archive(Member("../a")))
    assert str(caught.value) == (
        "'../a' in x.whl cannot be read as a file of a wheel\n"
        "  its name leads to another folder by '..'\n"
        "  fix: do not install it; build it anew, or get it from a source you trust"
    )
