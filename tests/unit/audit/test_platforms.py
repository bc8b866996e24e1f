from __future__ import annotations

import pytest

from ferrule.audit.platform_claims import judge_claims
from ferrule.audit.platforms import judge_images, system_of_tag
from ferrule.audit.rules import RULES
from ferrule.formats.image import read_image
from ferrule.wheel.tags import WheelTag

GLIBC = {"needed": ["libc.so.6"]}


@pytest.fixture
def images(elf_image, macho_image, pe_image):
    """One file for each system, by its path."""
    glibc = elf_image(
        symbols=[("memfd", False, False, "GLIBC_2.17")],
        versions={"libc.so.6": ["GLIBC_2.17"]},
        **GLIBC,
    )
    made = {
        "core.so": glibc,
        "core.abi3.so": macho_image(),
        "core.pyd": pe_image(),
        "android.so": elf_image(
            needed=["libc.so", "libpython3.13.so", "liblog.so"], machine=183, api=24
        ),
        "ios.so": macho_image(platform=2, minimum=(13, 0)),
    }
    return {path: read_image(content, path) for path, content in made.items()}


@pytest.mark.parametrize(
    ("path", "system", "platforms"),
    [
        ("core.so", "linux", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("core.abi3.so", "macos", ("macosx_11_0_arm64",)),
        ("core.pyd", "windows", ("win_amd64",)),
        ("android.so", "android", ("android_24_arm64_v8a",)),
    ],
)
def test_every_system(images, path, system, platforms):
    report = judge_images({path: images[path]})
    assert (report.system, report.platforms) == (system, platforms)
    assert report.external == ()
    assert report.to_json()["system"] == system


def test_a_wheel_without_binaries():
    assert judge_images({}).platforms == ("any",)


def test_the_claim_chooses_among_systems(images):
    assert judge_images(images, claimed=["win_amd64"]).system == "windows"
    assert judge_images(images, claimed=["manylinux2014_x86_64"]).system == "linux"
    only = {path: images[path] for path in ("core.so", "core.pyd")}
    only["other.so"] = images["core.so"]
    assert judge_images(only, claimed=["any"]).system == "linux"


def test_a_processor_is_told_on_every_system(images):
    for path in ("core.so", "core.abi3.so", "core.pyd"):
        report = judge_images({path: images[path]}, cpu="target-cpu=native")
        assert [item.rule for item in report.findings] == ["cpu-features"]


@pytest.mark.parametrize(
    ("path", "tag", "problem"),
    [
        ("core.so", "manylinux_2_17_x86_64.manylinux2014_x86_64", ""),
        ("core.so", "manylinux_2_30_x86_64", ""),
        ("core.so", "linux_x86_64", ""),
        (
            "core.so",
            "manylinux_2_12_x86_64",
            "the tag manylinux_2_12_x86_64 is not true: its binaries need more",
        ),
        (
            "core.so",
            "manylinux_2_17_aarch64",
            "the tag manylinux_2_17_aarch64 is not true: its binaries are for x86_64",
        ),
        (
            "core.so",
            "musllinux_1_2_x86_64",
            "the tag musllinux_1_2_x86_64 is not true: its binaries need more",
        ),
        (
            "core.so",
            "manylinux_9_9_x86_64",
            (
                "the tag manylinux_9_9_x86_64 is not true: compatibility "
                "'manylinux_9_9_x86_64' is no platform policy for x86_64 (did you mean"
            ),
        ),
        (
            "core.so",
            "win_amd64",
            "the tag win_amd64 is not true: its binaries are for linux",
        ),
        ("core.abi3.so", "macosx_11_0_arm64", ""),
        ("core.abi3.so", "macosx_10_9_arm64", ""),
        (
            "core.abi3.so",
            "macosx_11_0_universal2",
            (
                "the tag macosx_11_0_universal2 is not true: its binaries have no "
                "code for x86_64"
            ),
        ),
        ("core.pyd", "win_amd64", ""),
        ("core.pyd", "win32", "the tag win32 is not true: its binaries are for win_am"),
        ("android.so", "android_24_arm64_v8a", ""),
        ("android.so", "android_26_arm64_v8a", ""),
        ("android.so", "android_21_arm64_v8a", "the tag android_21_arm64_v8a is not"),
        ("android.so", "android_26_x86", "the tag android_26_x86 is not true"),
        ("ios.so", "ios_13_0_arm64_iphoneos", ""),
        ("ios.so", "ios_15_0_arm64_iphoneos", ""),
        ("ios.so", "ios_12_0_arm64_iphoneos", "the tag ios_12_0_arm64_iphoneos is not"),
        ("ios.so", "ios_13_0_arm64_iphonesimulator", "the tag ios_13_0_arm64_iphonesi"),
    ],
)
def test_claims(images, path, tag, problem):
    found = judge_claims({path: images[path]}, WheelTag("cp312", "cp312", (tag,)))
    broken = [item.what for item in found.findings if item.rule == "platform-claim"]
    assert found.is_kept is not bool(problem)
    assert bool(broken) is bool(problem)
    if problem:
        assert broken[0].startswith(problem)


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        *(
            ("core.abi3.so", f"macosx{rest}")
            for rest in ("", "_10", "_x_y_arm64", "___")
        ),
        *(("android.so", f"android{rest}") for rest in ("", "_24", "_x_arm64_v8a")),
        *(("ios.so", f"ios{rest}") for rest in ("", "_13", "_x_y_arm64_iphoneos")),
        *(("core.so", f"manylinux{rest}") for rest in ("", "_x_y_x86_64", "___")),
        ("core.pyd", "win"),
    ],
)
def test_tags_that_are_none(images, path, tag):
    found = judge_claims({path: images[path]}, WheelTag("cp312", "cp312", (tag,)))
    assert not found.is_kept


def test_what_to_do_about_a_library_that_is_not_promised(elf_image):
    image = read_image(elf_image(needed=["libgomp.so.1", "libc.so.6"]))
    tag = WheelTag("py3", "none", ("manylinux_2_28_x86_64",))
    (broken,) = judge_claims({"a.so": image}, tag).findings
    assert broken.fix == "put what it needs into the wheel with `ferrule repair`"


def test_an_old_intel_claim(macho_image):
    image = read_image(macho_image(cpu=(0x01000007, 3), minimum=(10, 13)))
    found = judge_claims(
        {"a.so": image}, WheelTag("cp312", "cp312", ("macosx_10_9_x86_64",))
    )
    assert [item.what for item in found.findings] == [
        "the tag macosx_10_9_x86_64 is not true: its x86_64 code needs macOS 10.13"
    ]


def test_a_tag_that_could_be_wider(images):
    tag = WheelTag("cp312", "cp312", ("manylinux_2_28_x86_64",))
    found = judge_claims({"core.so": images["core.so"]}, tag)
    assert [(item.rule, item.severity, item.what) for item in found.findings] == [
        (
            "platform-wider",
            "note",
            "its binaries would do for manylinux2014_x86_64, manylinux_2_17_x86_64 too",
        )
    ]
    assert found.to_json()["claimed"] == ["manylinux_2_28_x86_64"]


def test_libraries_that_android_lacks(elf_image):
    image = read_image(elf_image(machine=183, needed=["libssl.so"], api=21))
    report = judge_images({"a.so": image})
    (finding,) = report.findings
    assert finding.what == (
        "it needs libssl.so, which is neither in the wheel nor in Android 21"
    )


def test_systems():
    tags = ("any", "win32", "linux_armv7l", "macosx_11_0_arm64", "ios_13_0_arm64")
    assert [system_of_tag(tag) for tag in tags] == [
        *("", "windows", "linux", "macos", "ios")
    ]


def test_the_rules_are_registered():
    assert {
        *("platform-claim", "platform-wider", "minimum-system", "cpu-features"),
        *("foreign-architecture", "external-library", "libpython-linked"),
        *("executable-stack", "text-relocations"),
    } <= RULES.keys()
