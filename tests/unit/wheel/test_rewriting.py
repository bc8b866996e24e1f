from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule.errors.files import ReadError
from ferrule.errors.wheel import MemberPathError
from ferrule.errors.wheel_file import DamagedMemberError
from ferrule.formats.patch import Patch
from ferrule.wheel.content import Patched
from ferrule.wheel.deflate import Compression
from ferrule.wheel.reading import OpenedArchive, open_wheel
from ferrule.wheel.rewriting import retagged, rewrite_wheel
from ferrule.wheel.tags import WheelTag
from tests.unit.made_wheels import Member, archive, wheel_bytes, wheel_files

INFO = "a-1.0.dist-info"
NAME = "a-1.0-2-cp39-abi3-linux_x86_64.whl"
TAG = WheelTag("cp39", "abi3", ("manylinux2014_x86_64", "manylinux_2_17_x86_64"))
TEXT = b"something that can be compressed, " * 40


@pytest.fixture
def rewrite(tmp_path):
    """Give a function that makes a wheel, rewrites it and reads the result."""

    def run(changes, data=None, **options):
        source = tmp_path / NAME
        if data is None:
            data = wheel_bytes({"a/b.so": TEXT}, tag="cp39-abi3-linux_x86_64")
        source.write_bytes(data)
        options.setdefault("out_dir", tmp_path / "out")
        options.setdefault("compression", Compression())
        with open_wheel(source) as opened:
            return rewrite_wheel(opened, changes, **options)

    return run


def record_of(path):
    with zipfile.ZipFile(path) as found:
        text = found.read(f"{INFO}/RECORD").decode()
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(text))}


def check(path):
    """Assert that RECORD is right and last, and return the contents."""
    record = record_of(path)
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        contents = {name: found.read(name) for name in found.namelist()}
    assert list(contents) == list(record)
    assert list(contents)[-1] == f"{INFO}/RECORD"
    places = [name.startswith(INFO) for name in contents]
    assert places == sorted(places)
    for name, (digest, size) in record.items():
        if name != f"{INFO}/RECORD":
            algorithm, _, value = digest.partition("=")
            true = hashlib.new(algorithm, contents[name]).digest()
            assert base64.urlsafe_b64encode(true).decode().rstrip("=") == value
            assert int(size) == len(contents[name])
    return contents


def test_a_new_tag(rewrite, monkeypatch):
    def refuse(self, path):
        raise AssertionError(path)

    original = OpenedArchive.content
    monkeypatch.setattr(
        OpenedArchive,
        "content",
        lambda self, path: (
            refuse(self, path) if path == "a/b.so" else original(self, path)
        ),
    )
    path = rewrite({}, tag=TAG)
    assert path.name == f"a-1.0-2-{TAG}.whl"
    wheel = check(path)[f"{INFO}/WHEEL"].decode()
    assert wheel.splitlines() == [
        "Wheel-Version: 1.0",
        "Generator: test",
        "Root-Is-Purelib: false",
        *(f"Tag: {item}" for item in TAG.expanded()),
    ]


def test_a_wheel_file_in_another_encoding_keeps_its_bytes(tmp_path):
    source = tmp_path / "a-1.0-py3-none-any.whl"
    text = b"Wheel-Version: 1.0\nGenerator: caf\xe9\nTag: py3-none-any\n"
    source.write_bytes(wheel_bytes(WHEEL=text))
    with open_wheel(source) as opened:
        path = rewrite_wheel(opened, {}, tag=TAG, out_dir=tmp_path / "out")
    assert b"Generator: caf\xe9\nTag: " in check(path)[f"{INFO}/WHEEL"]


def test_changed_added_and_removed(rewrite, tmp_path):
    (tmp_path / "lib.so").write_bytes(b"library")
    patch = Patch((range(3), b"XYZ", range(6, len(TEXT))))
    foreign = Patched(Patch((b">", range(3))), memoryview(b"abc"))
    path = rewrite(
        {
            "a/b.so": patch,
            "a.libs/lib.so": tmp_path / "lib.so",
            "a.libs/patched.so": foreign,
            f"{INFO}/licenses/LICENSE": None,
            f"{INFO}/sboms/x.json": b"{}",
        },
        executable=["a.libs/lib.so"],
    )
    assert path.name == NAME
    contents = check(path)
    assert contents["a/b.so"] == TEXT[:3] + b"XYZ" + TEXT[6:]
    assert contents["a.libs/lib.so"] == b"library"
    assert contents["a.libs/patched.so"] == b">abc"
    assert list(contents) == [
        "a/b.so",
        "a.libs/lib.so",
        "a.libs/patched.so",
        f"{INFO}/METADATA",
        f"{INFO}/WHEEL",
        f"{INFO}/sboms/x.json",
        f"{INFO}/RECORD",
    ]
    with zipfile.ZipFile(path) as found:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in found.infolist()}
    assert modes["a.libs/lib.so"] == 0o755
    assert modes["a.libs/patched.so"] == 0o644


def test_modes_stay_and_missing_ones_are_filled_in(rewrite):
    data = wheel_bytes(
        {"a/b.so": TEXT, "a/c": b"", "a/d": TEXT},
        modes={"a/b.so": 0o100775, "a/c": 0o100600, "a/d": 0},
        systems={"a/d": 0},
    )
    path = rewrite({"a/b.so": b"new", "a/d": b"new"}, data)
    with zipfile.ZipFile(path) as found:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in found.infolist()}
    assert [modes[f"a/{name}"] for name in ("b.so", "c", "d")] == [0o775, 0o600, 0o644]


def test_compressed_content_is_copied_as_it_is(rewrite):
    members = [
        Member(name, content, descriptor="<4s3I" if name == "a/b.so" else "")
        for name, content in wheel_files({"a/b.so": TEXT, "a/c": b"c"}).items()
    ]
    members[1].method = 0
    path = rewrite({}, archive(*members, comment=b"remark", gap=b"xx"))
    check(path)
    data = path.read_bytes()
    assert members[0].body in data
    with zipfile.ZipFile(path) as found:
        assert found.getinfo("a/b.so").flag_bits == 0
        assert found.getinfo("a/c").compress_type == 0
        assert found.comment == b""


def test_lines_of_record_that_are_no_use_are_made_anew(rewrite):
    files = wheel_files({"a/weak": TEXT, "a/gone": TEXT, "a/strong": TEXT})
    strong = base64.urlsafe_b64encode(hashlib.sha512(TEXT).digest()).decode()
    lines = [
        "a/weak,md5=oFmzJPYuyOq3RAiWBJRDTg,1360",
        f"a/strong,sha512={strong.rstrip('=')},{len(TEXT)}",
        f"{INFO}/METADATA,sha256=AAAA,3",
    ]
    files[f"{INFO}/RECORD"] = "\n".join([*lines, f"{INFO}/RECORD,,\n"]).encode()
    files[f"{INFO}/RECORD.jws"] = b"signature"
    data = archive(*(Member(name, content) for name, content in files.items()))
    path = rewrite({}, data)
    assert f"{INFO}/RECORD.jws" not in check(path)
    record = record_of(path)
    assert record["a/weak"][0].startswith("sha256=")
    assert record["a/strong"][0].startswith("sha512=")


def test_the_wheel_itself_is_replaced(rewrite, tmp_path):
    path = rewrite({"a/new.py": b"1"}, out_dir=tmp_path)
    assert path == tmp_path / NAME
    assert check(path)["a/new.py"] == b"1"
    assert [item.name for item in tmp_path.iterdir()] == [NAME]


def test_equal_input_gives_equal_bytes(rewrite):
    first = rewrite({"a/n": TEXT}, tag=TAG).read_bytes()
    assert rewrite({"a/n": TEXT}, tag=TAG).read_bytes() == first


@pytest.mark.parametrize("name", ["../a", "/a", "a//b", "a\\b"])
def test_bad_names(rewrite, tmp_path, name):
    with pytest.raises(MemberPathError):
        rewrite({name: b""})
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == [NAME]


def test_nothing_is_left_after_failures(rewrite, tmp_path):
    with pytest.raises(ReadError):
        rewrite({"a/n": tmp_path / "absent"})
    files = wheel_files({"a/b.so": TEXT}, RECORD=f"{INFO}/RECORD,,\n")
    broken = [Member(name, content) for name, content in files.items()]
    broken[0].packed = b"\xff" * 50
    with pytest.raises(DamagedMemberError):
        rewrite({}, archive(*broken))
    assert [item.name for item in tmp_path.rglob("*") if item.is_file()] == [NAME]


def test_retagged():
    text = "Wheel-Version: 1.0\r\n tag : x\nTag: a-b-c\nBuild: 2\n\n"
    expected = "Wheel-Version: 1.0\nBuild: 2\nTag: py3-none-any\n"
    assert retagged(text, WheelTag("py3", "none", ("any",))) == expected


NAMES = st.sampled_from(["a/b.so", "a/c.py", "a/n.py", "a.libs/x", f"{INFO}/x/y"])
CHANGES = st.dictionaries(NAMES, st.one_of(st.none(), st.binary(max_size=400)))


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=CHANGES, old=st.dictionaries(NAMES, st.binary(max_size=200)))
def test_any_changes(changes, old, rewrite):
    data = wheel_bytes(old)
    contents = check(rewrite(changes, data))
    for name in {*old, *changes}:
        assert contents.get(name) == changes.get(name, old.get(name))
