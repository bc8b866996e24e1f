"""Platform tags against what the binaries allow."""

from __future__ import annotations

import pytest

from ferrule.audit.platform_report import Obstacle, PlatformReport, Rung
from ferrule.report.verdict import give_verdict

NEEDS = Obstacle(
    "version",
    "m.so needs GLIBC_2.28 of libc.so.6",
    "m.so",
    "libc.so.6",
    "GLIBC_2.28",
    ("statx",),
)
LADDER = (
    Rung("manylinux_2_17_x86_64", ("manylinux2014_x86_64",), (NEEDS,)),
    Rung("manylinux_2_28_x86_64", (), ()),
    Rung("manylinux_2_34_x86_64", (), ()),
)
LINUX = PlatformReport(
    "linux", ("x86_64",), ("manylinux_2_28_x86_64",), libc="glibc", ladder=LADDER
)
LOCAL = PlatformReport(
    "linux", ("x86_64",), ("linux_x86_64",), ("m.so needs libfoo.so.1",), libc="glibc"
)
MAC = PlatformReport(
    "macos",
    ("arm64", "x86_64"),
    ("macosx_10_13_universal2",),
    minimum_os=(("arm64", "11.0"), ("x86_64", "10.13")),
)
WINDOWS = PlatformReport("windows", ("amd64",), ("win_amd64",))
IOS = PlatformReport("ios", ("arm64",), ("ios_13_0_arm64_iphoneos",))
PURE = PlatformReport("", (), ("any",))


@pytest.mark.parametrize(
    ("claimed", "report", "state"),
    [
        (["manylinux_2_28_x86_64"], LINUX, "right"),
        (["manylinux_2_17_x86_64", "manylinux2014_x86_64"], LINUX, "too wide"),
        (["manylinux_2_34_x86_64"], LINUX, "could be wider"),
        (["manylinux_2_28_x86_64", "manylinux_2_34_x86_64"], LINUX, "right"),
        # A version that has no policy of its own (PEP 600).
        (["manylinux_2_30_x86_64"], LINUX, "could be wider"),
        (["manylinux_2_20_x86_64"], LINUX, "too wide"),
        (["manylinux_2_28_aarch64"], LINUX, "too wide"),
        (["linux_x86_64"], LINUX, "could be wider"),
        (["linux_aarch64"], LINUX, "too wide"),
        (["linux_x86_64"], LOCAL, "right"),
        (["manylinux_2_28_x86_64"], LOCAL, "too wide"),
        (["any"], LINUX, "too wide"),
        (["macosx_10_13_universal2"], MAC, "right"),
        (["macosx_10_9_universal2"], MAC, "too wide"),
        (["macosx_11_0_universal2"], MAC, "could be wider"),
        (["macosx_10_13_ppc64"], MAC, "too wide"),
        (["win_amd64"], WINDOWS, "right"),
        (["win32"], WINDOWS, "too wide"),
        (["ios_13_0_arm64_iphoneos"], IOS, "right"),
        (["ios_12_0_arm64_iphoneos"], IOS, "too wide"),
        (["ios_13_0_arm64_iphonesimulator"], IOS, "too wide"),
        (["any"], PURE, "right"),
        (["manylinux_2_28_x86_64"], PURE, "right"),
    ],
)
def test_states(claimed, report, state):
    assert give_verdict(claimed, report).state == state


def test_the_ladder_names_what_stands_in_the_way():
    verdict = give_verdict(["manylinux2014_x86_64"], LINUX)
    first = verdict.ladder[0]
    assert (first.is_claimed, first.is_met) == (True, False)
    assert first.obstacles[0].brief == "GLIBC_2.28"
    assert first.obstacles[0].symbols == ("statx",)
    assert verdict.reasons == ("m.so needs GLIBC_2.28 of libc.so.6",)
    assert verdict.summary == (
        "The tag promises manylinux2014_x86_64, but the binaries are only "
        "manylinux_2_28_x86_64."
    )


def test_newest_versions_come_last():
    obstacles = tuple(
        Obstacle("version", f"needs {version}", version=version)
        for version in ("GLIBC_2.28", "GLIBC_2.5", "GLIBC_2.14")
    )
    report = PlatformReport(
        "linux",
        ("x86_64",),
        ("linux_x86_64",),
        ladder=(Rung("manylinux_2_5_x86_64", (), obstacles),),
    )
    rung = give_verdict(["linux_x86_64"], report).ladder[0]
    assert [item.brief for item in rung.obstacles] == [
        "GLIBC_2.5",
        "GLIBC_2.14",
        "GLIBC_2.28",
    ]


def test_macos_has_a_rung_for_each_architecture():
    rungs = give_verdict(["macosx_10_9_universal2"], MAC).ladder
    assert [(item.tag, item.is_claimed, item.is_met) for item in rungs] == [
        ("macosx_11_0_arm64", True, True),
        ("macosx_10_9_x86_64", True, False),
        ("macosx_10_13_x86_64", False, True),
    ]
    assert rungs[1].obstacles[0].brief == "macOS 10.13"
