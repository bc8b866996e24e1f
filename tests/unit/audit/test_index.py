from __future__ import annotations

import pytest

from ferrule.audit.index import check_tags, is_accepted
from ferrule.errors.wheel import RefusedTagError


@pytest.mark.parametrize(
    "tag",
    [
        *("any", "win32", "win_amd64", "win_arm64", "linux_armv6l", "linux_armv7l"),
        *("manylinux1_i686", "manylinux2014_s390x", "manylinux_2_28_x86_64"),
        *("manylinux_2_31_riscv64", "musllinux_1_2_aarch64", "manylinux_2_17_ppc64"),
        *("macosx_10_12_x86_64", "macosx_11_0_arm64", "macosx_15_0_universal2"),
        *("macosx_10_6_intel", "macosx_10_6_universal", "macosx_10_9_fat3"),
        *("macosx_26_0_arm64", "ios_13_0_arm64_iphoneos", "android_21_arm64_v8a"),
        "pyemscripten_2025_0_wasm32",
    ],
)
def test_accepted(tag):
    assert is_accepted(tag)


@pytest.mark.parametrize(
    "tag",
    [
        *("linux_x86_64", "linux_aarch64", "manylinux2014_riscv64", "win_ia32"),
        *("musllinux_1_2_ppc64", "manylinux_2_36_loongarch64", "macosx_16_0_arm64"),
        *("macosx_11_1_arm64", "macosx_10_12_i686", "freebsd_14_0_amd64"),
        *("emscripten_3_1_58_wasm32", "manylinux_2_28_x86_64.linux_x86_64", ""),
    ],
)
def test_refused(tag):
    assert not is_accepted(tag)


def test_what_is_refused_is_told():
    check_tags(["manylinux_2_28_x86_64", "musllinux_1_2_x86_64"], ())
    with pytest.raises(RefusedTagError) as caught:
        check_tags(["linux_x86_64"], ["core.so needs libfoo.so.1"])
    assert str(caught.value) == (
        'compatibility is "pypi", but PyPI refuses the platform tag linux_x86_64\n'
        "  core.so needs libfoo.so.1\n"
        "  fix: build in an older system, or leave `compatibility` at auto"
    )
