from __future__ import annotations

import gc
import struct
import zlib

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.formats import BrokenElfError
from ferrule.errors.wheel_file import (
    BrokenWheelError,
    DamagedMemberError,
    WheelFileNameError,
    WheelLayoutError,
)
from ferrule.wheel import checksum, reading
from ferrule.wheel.reading import is_library_name, open_archive, open_wheel
from tests.unit.made_wheels import Member, archive, wheel_bytes, wheel_files

INFO = "a-1.0.dist-info"
NAME = "a-1.0-cp39-abi3-linux_x86_64.whl"


@pytest.fixture
def opened(tmp_path):
    """Give a function that opens a wheel made of bytes or files."""
    wheels = []

    def make(data=None, **options):
        path = tmp_path / NAME
        if not isinstance(data, bytes):
            data = wheel_bytes(data, tag="cp39-abi3-linux_x86_64", **options)
        path.write_bytes(data)
        wheels.append(open_wheel(path))
        return wheels[-1]

    yield make
    for wheel in wheels:
        wheel.close()


@pytest.fixture(params=["libdeflate", "zlib"])
def inflater(request, monkeypatch):
    """Read with the faster library, and without it."""
    if request.param == "zlib":
        monkeypatch.setattr(reading, "find_libdeflate", lambda: None)
        monkeypatch.setattr(checksum, "find_libdeflate", lambda: None)
    else:
        pytest.importorskip("deflate")


def test_facts(opened):
    wheel = opened()
    assert wheel.dist_info == INFO
    assert wheel.filename.tag.abi == "abi3"
    assert wheel.wheel_fields["tag"] == ("cp39-abi3-linux_x86_64",)
    assert wheel.wheel_fields["root-is-purelib"] == ("false",)
    assert wheel.metadata_text.startswith("Metadata-Version: 2.4\n")
    assert set(wheel.record) == set(wheel.entries)
    assert wheel.record["a/__init__.py"].size == 6
    assert wheel.read("a/__init__.py") == b"x = 1\n"
    assert wheel.size == wheel.path.stat().st_size


def test_content(opened, inflater):
    text = bytes(range(256)) * 1000
    wheel = opened({"a/big.py": text, "a/none.py": b""})
    assert wheel.read("a/big.py") == text
    assert bytes(wheel.content("a/none.py")) == b""
    assert wheel.start_of("a/big.py", 3) == b"\0\1\2"
    assert wheel.start_of("a/none.py", 3) == b""
    with pytest.raises(KeyError):
        wheel.read("a/gone.py")


def stored(**changes):
    files = wheel_files(tag="cp39-abi3-linux_x86_64")
    members = [Member(name, content, method=0) for name, content in files.items()]
    members[0] = Member("a/__init__.py", **{"content": b"x = 1\n", **changes})
    return archive(*members)


def test_stored_content_is_not_copied(opened):
    wheel = opened(stored(method=0))
    content = wheel.content("a/__init__.py")
    assert isinstance(content, memoryview)
    assert (bytes(content), wheel.start_of("a/__init__.py", 1)) == (b"x = 1\n", b"x")


def test_packed_content(opened):
    wheel = opened({"a.py": bytes(3 << 20)})
    pieces = list(wheel.packed(wheel.entries["a.py"]))
    assert zlib.decompress(b"".join(pieces), -15) == bytes(3 << 20)
    assert len(pieces) == 1


BIG = b"x" * 70000


def raw(content):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def stored_block(content, *, is_last):
    size = len(content)
    return bytes([is_last]) + struct.pack("<2H", size, size ^ 0xFFFF) + content


# Its compressed form is exactly as long as two pieces that are fed at a time.
NOISE = (bytes(range(256)) * 512)[: 2 * (reading._FED_BYTES - 5)]
FAR = stored_block(NOISE[:65535], is_last=False)
FAR += stored_block(NOISE[65535:], is_last=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"packed": raw(BIG + b"y")}, "it has more than the 70000 bytes it claims"),
        ({"packed": raw(BIG[:-1])}, "its content ends before the 70000 bytes it"),
        ({"packed": raw(BIG)[:-2]}, "its content ends before the 70000 bytes it"),
        ({"packed": raw(b"y" + BIG[1:])}, "its content has another checksum"),
        ({"packed": b"\xff" * 100}, "its compressed content is damaged"),
        (
            {"packed": raw(BIG) + b"more", "descriptor": "<4sIII"},
            "its compressed content ends before the room it has",
        ),
        (
            {"packed": FAR + b"more", "descriptor": "<4sIII", "content": NOISE},
            "its compressed content ends before the room it has",
        ),
        (
            {"packed": FAR + raw(b"x"), "descriptor": "<4sIII", "content": NOISE},
            "its compressed content ends before the room it has",
        ),
        ({"method": 0, "packed": b"y" * 70000}, "its content has another checksum"),
    ],
)
def test_damaged_content(opened, inflater, changes, reason):
    wheel = opened(stored(**{"content": BIG, **changes}))
    with pytest.raises(DamagedMemberError) as caught:
        wheel.content("a/__init__.py")
    assert caught.value.reason.startswith(reason)
    assert str(caught.value).startswith(
        f"'a/__init__.py' in {wheel.path} cannot be read as a file of a wheel\n"
    )


def test_the_end_of_what_is_fed_may_be_the_end_of_the_content(opened, inflater):
    assert len(FAR) == 2 * reading._FED_BYTES
    assert opened(stored(content=NOISE, packed=FAR)).read("a/__init__.py") == NOISE


def test_bytes_behind_the_compressed_content_are_not_read(opened, inflater):
    wheel = opened(stored(content=BIG, packed=raw(BIG) + b"more"))
    assert wheel.read("a/__init__.py") == BIG


def test_the_start_of_damaged_content(opened):
    wheel = opened(stored(packed=b"\xff" * 6, method=8))
    with pytest.raises(DamagedMemberError, match="compressed content is damaged"):
        wheel.start_of("a/__init__.py", 4)


def without(*names, **more):
    files = {**wheel_files(), **more}
    return archive(*(Member(key, files[key]) for key in files if key not in names))


@pytest.mark.parametrize(
    ("data", "member", "reason"),
    [
        (archive(Member("a.py")), "", "it has no folder *.dist-info"),
        (
            without(**{"b-1.dist-info/METADATA": b""}),
            "",
            "it has 2 folders *.dist-info: a-1.0.dist-info, b-1.dist-info",
        ),
        (without(f"{INFO}/RECORD"), f"{INFO}/RECORD", "it is missing"),
        (without(f"{INFO}/WHEEL"), f"{INFO}/WHEEL", "it is missing"),
        (without(f"{INFO}/METADATA"), f"{INFO}/METADATA", "it is missing"),
    ],
)
def test_archives_that_are_no_wheels(opened, data, member, reason):
    with pytest.raises(WheelLayoutError) as caught:
        opened(data)
    assert (caught.value.member, caught.value.reason) == (member, reason)
    assert caught.value.fix == (
        "a wheel holds one NAME-VERSION.dist-info with METADATA, WHEEL and RECORD"
    )


def test_a_vendored_dist_info_is_no_second_one(opened):
    assert opened({"a/_vendor/b-1.dist-info/METADATA": b""}).dist_info == INFO


def test_files_that_are_none(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(BrokenWheelError, match="the file is empty"):
        open_wheel(tmp_path / "empty")
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(ReadError):
            open_wheel(path)


def test_a_file_with_another_name(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(wheel_bytes())
    with open_wheel(path) as wheel, pytest.raises(WheelFileNameError):
        wheel.filename  # noqa: B018


def test_archives_need_not_be_wheels(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(archive(Member("a/", method=0, mode=0), Member("a/b", b"x")))
    with open_archive(path) as found:
        assert (list(found.entries), found.folders) == (["a/b"], ("a/",))
        assert found.read("a/b") == b"x"


def test_binaries(opened, elf_image, monkeypatch):
    image = elf_image(needed=["libc.so.6"])
    wheel = opened({"a/x.so": image, "a/prog": image, "a/text.txt": b"MZ" * 40})
    assert wheel.binary_paths == ("a/x.so", "a/prog", "a/text.txt")
    found = dict(wheel.binaries())
    assert list(found) == ["a/x.so", "a/prog"]
    assert found["a/x.so"].needed == ("libc.so.6",)
    monkeypatch.setattr(wheel, "_inflate", None)
    assert wheel.image("a/x.so") is found["a/x.so"]
    assert bytes(wheel.content("a/prog")) == image


def test_large_binaries_are_let_go(opened, elf_image, monkeypatch):
    monkeypatch.setattr(reading, "KEPT_BYTES", 10)
    image = elf_image(needed=["libc.so.6"])
    wheel = opened({"a/x.so": image, "a/y.so": image})
    image = wheel.image("a/x.so")
    assert wheel.image("a/x.so") is image
    wheel.image("a/y.so")
    place = id(image.image.view)
    del image
    gc.collect()
    assert wheel._images.get("a/x.so") is None
    assert wheel.image("a/x.so").needed == ("libc.so.6",), place


def test_a_broken_library(opened, elf_image):
    wheel = opened({"a/x.so": elf_image()[:70]})
    with pytest.raises(BrokenElfError):
        list(wheel.binaries())


def test_content_outlives_the_wheel(opened, elf_image):
    wheel = opened(stored(method=0))
    content = wheel.content("a/__init__.py")
    wheel.close()
    assert bytes(content) == b"x = 1\n"


@pytest.mark.parametrize(
    ("path", "is_library"),
    [
        ("a/x.so", True),
        ("a/libx.so.1.2", True),
        ("a/X.DLL", True),
        ("a/x.cp312-win32.pyd", True),
        ("a/libx.dylib", True),
        ("a/x.sock", False),
        ("a.so/x.py", False),
        ("a/x.exe", False),
    ],
)
def test_names_of_libraries(path, is_library):
    assert is_library_name(path) is is_library
