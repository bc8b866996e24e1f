"""What pip is told about another machine."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from ferrule.pipeline.bundling.packages.target_wheels import (
    download_words,
    marker_environment,
    platform_tags,
)
from ferrule.python.foreign import describe_foreign
from ferrule.python.selector import Name
from ferrule.target.triple import parse_triple

_FORMATS = runpy.run_path(str(Path(__file__).parents[3] / "formats" / "conftest.py"))
macho_image = _FORMATS["macho_image"]


@pytest.mark.parametrize(
    ("target", "first", "others"),
    [
        ("x86_64-pc-windows-gnu", "win_amd64", ()),
        ("i686-pc-windows-msvc", "win32", ()),
        ("aarch64-pc-windows-gnullvm", "win_arm64", ()),
        ("aarch64-apple-darwin", "macosx_11_0_arm64", ()),
        ("x86_64-apple-darwin", "macosx_10_12_x86_64", ()),
        (
            "aarch64-unknown-linux-gnu",
            "manylinux_2_28_aarch64",
            ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "linux_aarch64"),
        ),
        ("x86_64-unknown-linux-gnu", "manylinux_2_28_x86_64", ("manylinux1_x86_64",)),
        ("aarch64-unknown-linux-musl", "musllinux_1_3_aarch64", ("linux_aarch64",)),
        ("armv7-unknown-linux-gnueabihf", "manylinux_2_28_armv7l", ()),
    ],
)
def test_tags(target, first, others) -> None:
    tags = platform_tags(parse_triple(target), None)
    assert tags[0] == first
    assert {*others} <= {*tags}
    assert len(tags) == len({*tags})


def test_wheels_may_need_what_python_needs(tmp_path, elf_image, macho_image) -> None:
    library = tmp_path / "libpython3.12.so"
    library.write_bytes(elf_image(versions={"libc.so.6": ["GLIBC_2.34"]}))
    tags = platform_tags(parse_triple("x86_64-unknown-linux-gnu"), library)
    assert tags[0] == "manylinux_2_34_x86_64"
    library = tmp_path / "libpython3.12.dylib"
    library.write_bytes(macho_image(minimum=(14, 7)))
    tags = platform_tags(parse_triple("aarch64-apple-darwin"), library)
    assert tags == ["macosx_14_0_arm64"]


def test_markers_are_those_of_the_target() -> None:
    target = parse_triple("x86_64-pc-windows-gnu")
    interpreter = describe_foreign(Name("", (3, 13)), target)
    found = marker_environment(interpreter, target)
    assert found["sys_platform"] == "win32"
    assert found["os_name"] == "nt"
    assert found["platform_system"] == "Windows"
    assert found["platform_machine"] == "AMD64"
    assert found["python_version"] == "3.13"
    words = download_words(interpreter, target, None)
    assert json.loads(words[2]) == found
    assert "--abi=abi3" in words
    assert words[-1] == "--platform=win_amd64"


def test_free_threaded_pythons_load_no_abi3() -> None:
    target = parse_triple("x86_64-unknown-linux-gnu")
    name = Name("", (3, 13), free_threaded=True)
    words = download_words(describe_foreign(name, target), target, None)
    assert "--abi=cp313t" in words
    assert "--abi=abi3" not in words
