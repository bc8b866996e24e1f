"""Tests of platforms before and after a repair."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ferrule.errors.repair import WheelTagError
from ferrule.formats.image import read_image
from ferrule.pipeline.finished.repair_platforms import (
    find_promises,
    result_platforms,
    wheel_arch,
)
from ferrule.repair.plan import Graft, RepairPlan
from ferrule.wheel.tags import WheelTag

_FORMATS = runpy.run_path(str(Path(__file__).parents[2] / "formats" / "conftest.py"))
macho_image = _FORMATS["macho_image"]
pe_image = _FORMATS["pe_image"]
RUNTIME = "vcruntime140.dll"


def promises(platform, image=None, *, python="cp312", wanted="auto"):
    """Return what a platform promises."""
    images = {} if image is None else {"a.so": read_image(image)}
    return find_promises(WheelTag(python, "abi3", (platform,)), images, wanted)


def test_each_libc_has_its_own_promises(elf_image):
    glibc = promises("linux_x86_64", elf_image(needed=["libc.so.6"]))
    assert "libexpat.so.1" in glibc.elf
    musl = promises("musllinux_1_2_x86_64", elf_image())
    assert "libz.so.1" in musl.elf
    assert "libexpat.so.1" not in musl.elf
    named = promises("linux_x86_64", elf_image(), wanted="manylinux_2_5")
    assert "libexpat.so.1" not in named.elf


def test_android_has_the_libraries_of_its_kit(elf_image):
    found = promises("android_24_arm64_v8a", elf_image(machine=183))
    assert found.is_android
    assert "liblog.so" in found.elf
    assert "libc++_shared.so" not in found.elf


@pytest.mark.parametrize(
    ("name", "python", "expected"),
    [
        ("KERNEL32.dll", "cp312", True),
        ("api-ms-win-crt-math-l1-1-0.dll", "cp312", True),
        ("vcruntime140_1.dll", "cp312", True),
        ("vcruntime140.dll", "py3", True),
        ("vcruntime140.dll", "py2", False),
        ("msvcp140.dll", "cp312", False),
        ("libpq.dll", "cp312", False),
    ],
)
def test_windows_and_python_bring_dlls(name, python, expected):
    found = promises("win_amd64", python=python)
    assert found.is_system_dll(name) is expected


def test_programs_do_not_find_what_python_brings(pe_image):
    content = bytearray(pe_image())
    assert promises("win_amd64", bytes(content), python="py3").is_system_dll(RUNTIME)
    content[int.from_bytes(content[0x3C:0x40], "little") + 23] &= ~0x20
    found = promises("win_amd64", bytes(content), python="py3")
    assert not found.is_system_dll(RUNTIME)


def test_the_architecture_is_that_of_all_tags():
    assert wheel_arch(["manylinux2014_i686", "musllinux_1_2_i686"]) == "i686"
    assert wheel_arch(["linux_armv7l"]) == "armv7l"
    assert wheel_arch(["manylinux_2_17_x86_64", "manylinux_2_17_i686"]) == ""
    assert wheel_arch(["win_amd64"]) == ""


def test_grafts_raise_the_version_of_macos(macho_image, tmp_path):
    graft = tmp_path / "liba.dylib"
    graft.write_bytes(macho_image(minimum=(13, 0)))
    images = {"a.so": read_image(macho_image(minimum=(11, 0)))}
    plan = RepairPlan(grafts=(Graft("a.dylibs/liba.dylib", graft, "a", "", ()),))
    tags = ["macosx_11_0_arm64"]
    found, notes = result_platforms(tags, images, plan, wanted="auto", is_only=False)
    assert found == ("macosx_13_0_arm64",)
    assert notes == ("its libraries need macOS 13.0: the tag is macosx_13_0_arm64",)
    with pytest.raises(WheelTagError, match=r"its libraries need macOS 13\.0"):
        result_platforms(tags, images, plan, wanted="macosx_12_0_arm64", is_only=False)
    nothing = RepairPlan()
    found = result_platforms(tags, images, nothing, wanted="auto", is_only=False)
    assert found == ((), ())
