from __future__ import annotations

import pytest

from ferrule.audit.macos import judge_macho, version_of
from ferrule.formats.macho import read_macho

INTEL, APPLE = (0x01000007, 3), (0x0100000C, 0)
OLD = (7, 3)
SYSTEM = (("/usr/lib/libSystem.B.dylib", 0xC),)


@pytest.fixture
def judge(macho_image, fat_image):
    """Judge files given as lists of slices: architecture, version, more options."""

    def call(files, **more):
        images = {}
        for path, parts in files.items():
            slices = [
                (*cpu, macho_image(cpu=cpu, minimum=minimum, **options))
                for cpu, minimum, options in parts
            ]
            content = slices[0][2] if len(slices) == 1 else fat_image(*slices)
            images[path] = read_macho(content)
        return judge_macho(images, **more)

    return call


def one(cpu, minimum, **options):
    return {"pkg/core.so": [(cpu, minimum, options)]}


def both(intel, apple, **options):
    return {"pkg/core.so": [(INTEL, intel, options), (APPLE, apple, options)]}


@pytest.mark.parametrize(
    ("files", "tag"),
    [
        (one(INTEL, (10, 12)), "macosx_10_12_x86_64"),
        (one(INTEL, (12, 3)), "macosx_12_0_x86_64"),
        (one(APPLE, (11, 0)), "macosx_11_0_arm64"),
        (one(APPLE, (10, 9)), "macosx_11_0_arm64"),
        (both((10, 9), (11, 0)), "macosx_10_9_universal2"),
        (both((10, 13), (12, 0)), "macosx_12_0_universal2"),
        (both((13, 0), (11, 0)), "macosx_13_0_universal2"),
    ],
)
def test_the_slices_tell_the_oldest_system(judge, files, tag):
    report = judge(files)
    assert (report.platforms, report.reasons) == ((tag,), ())


def test_the_worst_file_decides(judge):
    files = {
        "pkg/core.so": [(INTEL, (10, 9), {})],
        "pkg/.dylibs/libz.dylib": [(INTEL, (10, 15), {})],
    }
    assert judge(files).platforms == ("macosx_10_15_x86_64",)


def test_a_deployment_target_raises_the_tag_but_never_lowers_it(judge):
    files = one(INTEL, (10, 12))
    assert judge(files, target="11.0").platforms == ("macosx_11_0_x86_64",)
    assert judge(files, target="10.9").platforms == ("macosx_10_12_x86_64",)


def test_a_thin_file_narrows_the_wheel(judge):
    files = {
        **both((10, 9), (11, 0)),
        "pkg/other.so": [(APPLE, (11, 0), {})],
    }
    assert judge(files).platforms == ("macosx_11_0_arm64",)
    report = judge(files, archs=["arm64", "x86_64"])
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("foreign-architecture", "error")
    assert finding.what == "it is for arm64, not for x86_64"


def test_minor_versions_that_tags_cannot_name(judge):
    report = judge(one(APPLE, (13, 3)))
    assert report.platforms == ("macosx_13_0_arm64",)
    assert report.findings[0].what == (
        "its arm64 code needs macOS 13.3, and tags cannot say more than 13.0"
    )


LIBRARIES = (
    *SYSTEM,
    ("@loader_path/.dylibs/libown.dylib", 0xC),
    ("@rpath/libtwo.dylib", 0xC),
    ("/opt/homebrew/lib/libssl.3.dylib", 0xC),
    ("/opt/homebrew/lib/libweak.dylib", 0x80000018),
    ("/Library/Frameworks/Python.framework/Versions/3.12/Python", 0xC),
)


def test_libraries_are_sorted_into_classes(judge):
    files = {
        "pkg/core.so": [
            (
                APPLE,
                (11, 0),
                {"libraries": LIBRARIES, "rpaths": ("@loader_path/lib",)},
            )
        ],
        "pkg/.dylibs/libown.dylib": [(APPLE, (11, 0), {"name": "/DLC/libown.dylib"})],
        "pkg/lib/libtwo.dylib": [(APPLE, (11, 0), {})],
    }
    report = judge(files)
    assert {name: group for name, group, _ in report.imports} == {
        "/usr/lib/libSystem.B.dylib": "system",
        "@loader_path/.dylibs/libown.dylib": "wheel",
        "@rpath/libtwo.dylib": "wheel",
        "/opt/homebrew/lib/libssl.3.dylib": "external",
        "/opt/homebrew/lib/libweak.dylib": "weak",
        "/Library/Frameworks/Python.framework/Versions/3.12/Python": "python",
    }
    assert report.own == ("pkg/.dylibs/libown.dylib", "pkg/lib/libtwo.dylib")
    assert [(item.name, item.is_optional) for item in report.external] == [
        ("/opt/homebrew/lib/libssl.3.dylib", False),
        ("/opt/homebrew/lib/libweak.dylib", True),
    ]
    assert [item.rule for item in report.findings] == [
        "libpython-linked",
        "external-library",
    ]


def test_ios(judge):
    report = judge(one(APPLE, (13, 0), platform=2))
    assert (report.system, report.platforms) == ("ios", ("ios_13_0_arm64_iphoneos",))
    report = judge(one(APPLE, (13, 0), platform=7))
    assert report.platforms == ("ios_13_0_arm64_iphonesimulator",)


def test_ios_modules_are_linked_to_python(judge):
    libraries = (*SYSTEM, ("@rpath/Python.framework/Python", 0xC))
    report = judge(one(APPLE, (13, 0), platform=2, libraries=libraries))
    assert report.findings == ()


def test_intel_macs_of_both_generations(judge):
    parts = [(OLD, (10, 6), {"bits": 32}), (INTEL, (10, 9), {})]
    report = judge({"pkg/core.so": parts})
    assert report.platforms == ("macosx_10_9_intel",)


def test_versions():
    assert version_of("") == (0, 0)
    assert version_of("11") == (11, 0)
