from __future__ import annotations

import csv
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installer.sources import WheelFile

from ferrule import atomic
from ferrule.errors.files import ReadError, WriteError
from ferrule.errors.wheel import DuplicateMemberError, MemberPathError
from ferrule.wheel import previous as previous_module
from ferrule.wheel import writer as writer_module
from ferrule.wheel.archive import ArchiveWriter
from ferrule.wheel.deflate import Compression
from ferrule.wheel.member import Member
from ferrule.wheel.tags import WheelTag
from ferrule.wheel.writer import wheel_text, write_dist_info, write_wheel

TAG = WheelTag("cp312", "cp312", ("linux_x86_64",))
TEXT = b"some text that can be compressed, " * 50


def build(folder, members, **changes):
    options = {
        "distribution": "pkg",
        "version": "1.0",
        "tag": TAG,
        "metadata_text": "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\n",
        "entry_points_text": "",
        "license_files": [],
        "generator": "ferrule 1",
        **changes,
    }
    return write_wheel(folder, members=members, **options)


@pytest.fixture
def count_packed(monkeypatch):
    """Record the paths that are compressed."""
    packed = []
    original = ArchiveWriter._add

    def add(self, item, blocks):
        packed.append(item.path)
        return original(self, item, blocks)

    monkeypatch.setattr(ArchiveWriter, "_add", add)
    return packed


def test_a_whole_wheel(tmp_path):
    library = tmp_path / "libcore.so"
    library.write_bytes(b"\x7fELF" * 500)
    licence = tmp_path / "LICENSE"
    licence.write_text("MIT")
    path = build(
        tmp_path / "dist",
        [
            Member("pkg/core.so", library, executable=True),
            Member("pkg/a,b.txt", b"x"),
            Member("pkg-data.txt", b"x"),
            Member("pkg-1.0.dist-info/sboms/a.json", b"{}"),
        ],
        entry_points_text="[console_scripts]\na=pkg:a\n",
        license_files=[("sub/LICENSE", licence)],
    )
    assert path == tmp_path / "dist" / "pkg-1.0-cp312-cp312-linux_x86_64.whl"
    with zipfile.ZipFile(path) as wheel:
        assert wheel.testzip() is None
        assert wheel.namelist() == [
            "pkg/a,b.txt",
            "pkg/core.so",
            "pkg-data.txt",
            "pkg-1.0.dist-info/METADATA",
            "pkg-1.0.dist-info/WHEEL",
            "pkg-1.0.dist-info/entry_points.txt",
            "pkg-1.0.dist-info/licenses/sub/LICENSE",
            "pkg-1.0.dist-info/sboms/a.json",
            "pkg-1.0.dist-info/RECORD",
        ]
        modes = {item.filename: item.external_attr >> 16 for item in wheel.infolist()}
        assert modes.pop("pkg/core.so") == 0o100755
        assert set(modes.values()) == {0o100644}
        assert wheel.read("pkg-1.0.dist-info/WHEEL").decode() == (
            "Wheel-Version: 1.0\nGenerator: ferrule 1 (zlib 6)\n"
            "Root-Is-Purelib: false\nTag: cp312-cp312-linux_x86_64\n"
        )
        record = wheel.read("pkg-1.0.dist-info/RECORD").decode()
        rows = list(csv.reader(io.StringIO(record)))
        assert [row[0] for row in rows] == wheel.namelist()


def test_pip_accepts_the_wheel(tmp_path):
    pytest.importorskip("pip")
    import subprocess
    import sys

    path = build(
        tmp_path,
        [Member("pkg/__init__.py", b"x = 1\n"), Member("pkg/a,b.txt", b"")],
        tag=WheelTag("py3", "none", ("any",)),
    )
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps"]
    command += ["--no-compile", "--target", str(tmp_path / "site"), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "extra" not in done.stderr
    assert (tmp_path / "site" / "pkg" / "a,b.txt").exists()


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    first=st.dictionaries(
        st.sampled_from(["a.py", "b/c.py", "b/d.so", "e.txt"]),
        st.binary(max_size=8).map(lambda seed: seed * 40),
    ),
    second=st.dictionaries(
        st.sampled_from(["a.py", "b/c.py", "b/d.so", "e.txt"]),
        st.binary(max_size=8).map(lambda seed: seed * 40),
    ),
)
def test_bytes_depend_on_the_input_alone(tmp_path_factory, first, second):
    once, twice = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("twice")
    members = [Member(name, content) for name, content in second.items()]
    fresh = build(once, members)
    build(twice, [Member(name, content) for name, content in first.items()])
    reused = build(twice, list(reversed(members)))
    assert fresh.read_bytes() == reused.read_bytes()


def test_an_unchanged_wheel_is_not_touched(tmp_path, count_packed):
    source = tmp_path / "libcore.so"
    source.write_bytes(TEXT)
    members = [Member("pkg/core.so", source, executable=True), Member("a.py", b"1")]
    path = build(tmp_path / "dist", members)
    os.utime(path, (1, 1))
    inode = path.stat().st_ino
    count_packed.clear()
    assert build(tmp_path / "dist", members) == path
    assert (path.stat().st_mtime, path.stat().st_ino) == (1, inode)
    assert count_packed == []


def test_only_changed_files_are_compressed(tmp_path, count_packed):
    source = tmp_path / "libcore.so"
    source.write_bytes(TEXT)
    core = Member("pkg/core.so", source)
    build(tmp_path / "dist", [core, Member("pkg/a.py", b"one")])
    count_packed.clear()
    path = build(tmp_path / "dist", [core, Member("pkg/a.py", b"two")])
    assert count_packed == ["pkg/a.py", "pkg-1.0.dist-info/RECORD"]
    with zipfile.ZipFile(path) as wheel:
        assert wheel.testzip() is None
        assert wheel.read("pkg/a.py") == b"two"
        assert wheel.read("pkg/core.so") == TEXT


def test_a_changed_mode_changes_the_wheel(tmp_path, count_packed):
    build(tmp_path, [Member("pkg/a", TEXT)])
    count_packed.clear()
    path = build(tmp_path, [Member("pkg/a", TEXT, executable=True)])
    assert count_packed == ["pkg-1.0.dist-info/RECORD"]
    with zipfile.ZipFile(path) as wheel:
        assert wheel.getinfo("pkg/a").external_attr >> 16 == 0o100755


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"generator": "ferrule 2"}, id="generator"),
        pytest.param({"source_date_epoch": 1_600_000_000}, id="time"),
        pytest.param({"root_is_purelib": True}, id="purelib"),
    ],
)
def test_nothing_is_reused_of_another_kind_of_wheel(tmp_path, count_packed, changes):
    build(tmp_path, [Member("pkg/a.py", TEXT)])
    count_packed.clear()
    build(tmp_path, [Member("pkg/a.py", TEXT)], **changes)
    assert "pkg/a.py" in count_packed


def test_a_damaged_wheel_is_written_again(tmp_path):
    members = [Member("pkg/a.py", TEXT), Member("pkg/b.py", b"1" + TEXT)]
    path = build(tmp_path, members)
    good = path.read_bytes()
    for place in (5, 60, len(good) // 2, len(good) - 60, len(good) - 10):
        damaged = bytearray(good)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        build(tmp_path, members)
        assert path.read_bytes() == good
    for size in (0, 10, 21, 22, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:size])
        build(tmp_path, members)
        assert path.read_bytes() == good


def test_a_wheel_of_another_tool_is_replaced(tmp_path):
    path = tmp_path / "pkg-1.0-cp312-cp312-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("pkg/a.py", TEXT)
    build(tmp_path, [Member("pkg/a.py", TEXT)])
    with zipfile.ZipFile(path) as wheel:
        assert "pkg-1.0.dist-info/RECORD" in wheel.namelist()


def test_a_wheel_that_shrinks_while_it_is_copied(tmp_path, monkeypatch):
    noise = Member("pkg/a.so", os.urandom(100_000))
    build(tmp_path, [noise])
    original = previous_module.PreviousWheel.matching

    def matching(self, path, digest):
        entry = original(self, path, digest)
        os.truncate(self.stream.name, 40)
        return entry

    monkeypatch.setattr(previous_module.PreviousWheel, "matching", matching)
    with pytest.raises(WriteError):
        build(tmp_path, [noise, Member("pkg/b.py", b"")])
    assert [item.name for item in tmp_path.iterdir()] == [
        "pkg-1.0-cp312-cp312-linux_x86_64.whl"
    ]


def test_two_sources_of_one_file(tmp_path):
    members = [
        Member("pkg/a.py", tmp_path / "one.py"),
        Member("pkg/a.py", b"generated"),
    ]
    with pytest.raises(DuplicateMemberError) as caught:
        build(tmp_path / "dist", members)
    assert str(caught.value) == (
        "two different files claim 'pkg/a.py' in the wheel\n"
        f"  the first is {tmp_path / 'one.py'}\n"
        "  the second is generated content of 9 bytes\n"
        "  fix: leave one of them out with `exclude`, or rename it"
    )
    assert not (tmp_path / "dist").exists()


def test_the_same_source_twice_is_one_file(tmp_path):
    source = tmp_path / "a.py"
    source.write_text("1")
    path = build(tmp_path, [Member("a.py", source), Member("a.py", source)])
    with zipfile.ZipFile(path) as wheel:
        assert wheel.namelist().count("a.py") == 1


def test_a_file_in_the_place_of_a_folder(tmp_path):
    members = [Member("pkg", b"x"), Member("pkg/a.py", b"x")]
    with pytest.raises(DuplicateMemberError, match=r"the folder of pkg/a.py"):
        build(tmp_path, members)


def test_record_cannot_be_given(tmp_path):
    with pytest.raises(DuplicateMemberError, match="the real RECORD"):
        build(tmp_path, [Member("pkg-1.0.dist-info/RECORD", b"")])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "not a plain relative path"),
        ("/etc/passwd", "not a plain relative path"),
        ("a/../b", "not a plain relative path"),
        ("./a", "not a plain relative path"),
        ("a//b", "not a plain relative path"),
        ("a\\b", "installers refuse or change such names"),
        ("C:/a", "installers refuse or change such names"),
        ("a\0b", "installers refuse or change such names"),
        ("a\udcff", "not valid UTF-8"),
        ("a" * 70000, "longer than zip allows"),
    ],
)
def test_names_that_cannot_be_stored(tmp_path, name, reason):
    with pytest.raises(MemberPathError, match=reason) as caught:
        build(tmp_path, [Member(name, b"")])
    assert "cannot be the name of a file in a wheel" in str(caught.value)


def test_nothing_is_left_after_a_missing_source(tmp_path):
    members = [Member("a.py", b"1"), Member("b.py", Path("/nowhere/b.py"))]
    with pytest.raises(ReadError, match=r"cannot read /nowhere/b.py"):
        build(tmp_path / "dist", members)
    assert list((tmp_path / "dist").iterdir()) == []


def test_a_failed_build_keeps_the_earlier_wheel(tmp_path):
    path = build(tmp_path, [Member("a.py", b"1")])
    before = path.read_bytes()
    with pytest.raises(ReadError):
        build(tmp_path, [Member("a.py", Path("/nowhere/a.py"))])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(tmp_path, monkeypatch):
    original = os.fdopen

    def full(handle, mode):
        os.close(handle)
        return original(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(atomic.os, "fdopen", full)
    with pytest.raises(WriteError) as caught:
        build(tmp_path / "dist", [Member("a.so", os.urandom(1 << 20))])
    text = str(caught.value)
    assert f"cannot write {tmp_path / 'dist'}" in text
    assert "No space left on device" in text
    assert "free space on that disk" in text
    assert list((tmp_path / "dist").iterdir()) == []


def test_dist_info_for_pep_517(tmp_path):
    licence = tmp_path / "LICENSE"
    licence.write_text("MIT")
    options = {
        "metadata_text": "Name: pkg\n",
        "entry_points_text": "[console_scripts]\n",
        "license_files": [("LICENSE", licence)],
        "wheel": wheel_text(TAG, "ferrule 1", Compression("libdeflate", 12)),
    }
    folder = tmp_path / "out" / "pkg-1.0.dist-info"
    write_dist_info(folder, **options)
    found = {item.relative_to(folder).as_posix() for item in folder.rglob("*.*")}
    assert "RECORD" not in {item.name for item in folder.iterdir()}
    assert found == {"entry_points.txt"}
    assert (folder / "METADATA").read_text() == "Name: pkg\n"
    assert (folder / "licenses" / "LICENSE").read_text() == "MIT"
    wheel = (folder / "WHEEL").read_text()
    assert "Generator: ferrule 1 (libdeflate 12)\n" in wheel
    assert "Tag: cp312-cp312-linux_x86_64\n" in wheel
    assert "Tag:" not in wheel_text(None, "ferrule 1")
    with pytest.raises(ReadError):
        write_dist_info(folder, **{**options, "license_files": [("L", folder / "no")]})


def test_zipfile_is_not_needed():
    import subprocess
    import sys

    root = Path(writer_module.__file__).parents[2]
    code = "import sys, ferrule.wheel.writer; print('zipfile' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("compression", [Compression(), Compression("store", 0)])
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    files=st.dictionaries(
        st.from_regex(r"pkg/[a-zA-Zäß_ ,\"]{1,9}\.py", fullmatch=True),
        st.binary(max_size=500),
        max_size=5,
    )
)
def test_installers_read_any_members(files, compression, tmp_path):
    folder = tmp_path / "dist"
    members = [Member(name, content) for name, content in files.items()]
    path = build(folder, members, compression=compression)
    with WheelFile.open(path) as wheel:
        wheel.validate_record()
        contents = {
            record[0]: stream.read() for record, stream, _ in wheel.get_contents()
        }
    assert {name: contents[name] for name in files} == files
    data = path.read_bytes()
    path.unlink()
    assert build(folder, members, compression=compression).read_bytes() == data


def test_another_compression_reuses_nothing(tmp_path, count_packed):
    members = [Member("pkg/a.py", TEXT)]
    path = build(tmp_path, members)
    build(tmp_path, members)
    first = len(count_packed)
    build(tmp_path, members, compression=Compression("zlib", 9))
    assert len(count_packed) == 2 * first
    with zipfile.ZipFile(path) as archive:
        assert b"(zlib 9)" in archive.read("pkg-1.0.dist-info/WHEEL")
