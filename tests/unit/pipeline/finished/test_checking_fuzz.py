"""Damaged wheels: always findings or a designed error, and never a hang."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ferrule.errors.wheel_file import BrokenWheelError
from ferrule.pipeline.finished.checking import check_wheel
from ferrule.wheel.reading import open_wheel
from ferrule.wheel.record_reading import record_problems
from tests.unit.damage import damaged_copies
from tests.unit.made_wheels import Member, archive, wheel_files

NAME = "a-1.0-cp312-cp312-linux_x86_64.whl"
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@pytest.fixture(scope="module")
def image():
    from tests.unit.conftest import ElfBuilder

    return ElfBuilder().build(
        needed=["libc.so.6"],
        symbols=[("PyInit_x", True, False, ""), ("puts", False, False, "GLIBC_2.2.5")],
        versions={"libc.so.6": ["GLIBC_2.2.5"]},
    )


@pytest.fixture(scope="module")
def wheel(image):
    """A small wheel with everything that is looked into."""
    info = "a-1.0.dist-info"
    files = wheel_files(
        {
            "a/__init__.py": b"def run() -> None: ...\n",
            "a/py.typed": b"",
            "a/x.cpython-312-x86_64-linux-gnu.so": image,
            f"{info}/entry_points.txt": b"[console_scripts]\na = a:run\n",
        },
        tag="cp312-cp312-linux_x86_64",
    )
    descriptors = ["", "<4sIII", ""]
    members = [
        Member(
            path,
            content,
            method=0 if number % 2 else 8,
            descriptor=descriptors[number % 3],
        )
        for number, (path, content) in enumerate(files.items())
    ]
    return archive(*members, comment=b"comment", zip64=True)


def survives(data, folder):
    """Check the wheel, and read everything in it."""
    path = folder / NAME
    path.write_bytes(data)
    found = check_wheel(path)
    try:
        with open_wheel(path) as opened:
            record_problems(opened)
            for name in opened.entries:
                opened.content(name)
    except BrokenWheelError:
        assert [item.severity for item in found if item.severity == "error"]
    return found


def test_the_wheel_itself(wheel, tmp_path):
    found = survives(wheel, tmp_path)
    # The small image says nothing about its stack.
    wanted = ["executable-stack"]
    assert [item.rule for item in found if item.severity == "error"] == wanted


def boundaries(data):
    places = {0, len(data)}
    for mark in (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08"):
        place = data.find(mark)
        while place >= 0:
            places |= {place, place + 4, place + 22, place + 30, place + 46}
            place = data.find(mark, place + 1)
    return sorted(place for place in places if place < len(data))


def test_truncation_at_every_boundary(wheel, tmp_path):
    for place in boundaries(wheel):
        for end in (place, place + 1, place - 1):
            if 0 <= end < len(wheel):
                found = survives(wheel[:end], tmp_path)
                assert [item.rule for item in found] == ["unreadable-wheel"]


def test_a_missing_start(wheel, tmp_path):
    for place in boundaries(wheel)[1:]:
        found = survives(wheel[place:], tmp_path)
        assert [item.rule for item in found] == ["unreadable-wheel"]


def test_damaged_bytes(wheel, tmp_path):
    for damaged in damaged_copies(wheel, 120, most=3):
        survives(damaged, tmp_path)


@settings(max_examples=80, deadline=5000, suppress_health_check=SLOW)
@given(data=st.data())
def test_extreme_numbers_in_headers(wheel, tmp_path, data):
    marks = [place for place in boundaries(wheel) if wheel[place : place + 2] == b"PK"]
    place = data.draw(st.sampled_from(marks)) + data.draw(st.integers(4, 48))
    number = st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF, 1 << 24])
    changed = bytearray(wheel)
    if place + 4 <= len(changed):
        struct.pack_into("<I", changed, place, data.draw(number))
    survives(bytes(changed), tmp_path)


@settings(max_examples=80, deadline=5000, suppress_health_check=SLOW)
@given(data=st.data())
def test_damaged_content_under_a_right_checksum(image, tmp_path, data):
    """The archive is sound, and what it holds is not."""
    info = "a-1.0.dist-info"
    texts = {
        "a/x.cpython-312-x86_64-linux-gnu.so": image,
        f"{info}/entry_points.txt": b"[console_scripts]\na = a:run\n[x]\nb = c.d:e.f\n",
    }
    files = wheel_files(texts, tag="cp312-cp312-linux_x86_64")
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        if content:
            place = data.draw(st.integers(0, len(content) - 1))
            content[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    files[name] = bytes(content[: max(end, 1)])
    survives(archive(*(Member(*item) for item in files.items())), tmp_path)


@settings(max_examples=40, deadline=5000, suppress_health_check=SLOW)
@given(text=st.text(max_size=200))
def test_any_text_as_metadata(tmp_path, text):
    content = text.encode("utf-8", "surrogatepass")
    info = "a-1.0.dist-info"
    for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt"):
        files = wheel_files(tag="cp312-cp312-linux_x86_64")
        files[f"{info}/{name}"] = content
        survives(archive(*(Member(*item) for item in files.items())), tmp_path)


def test_real_modules_that_are_cut(tmp_path):
    """Every prefix of a real library: each stops inside another structure."""
    import _ctypes

    real = Path(_ctypes.__file__).read_bytes()
    for end in (64, 100, 500, 1000, 4096, len(real) // 2, len(real) - 1):
        files = wheel_files({"a/_c.so": real[:end]}, tag="cp312-cp312-linux_x86_64")
        survives(archive(*(Member(*item) for item in files.items())), tmp_path)
