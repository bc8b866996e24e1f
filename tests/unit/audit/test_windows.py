from __future__ import annotations

import pytest

from ferrule.audit.windows import judge_pe
from ferrule.audit.windows_libraries import (
    classify_dll,
    promised_runtime,
    system_libraries,
)
from ferrule.formats.pe import read_pe


def image(pe_image, *names, delayed=(), program=False, **more):
    content = bytearray(
        pe_image(
            imports=[(name, ("f",)) for name in names],
            delayed=[(name, ("f",)) for name in delayed],
            **more,
        )
    )
    if program:
        content[int.from_bytes(content[0x3C:0x40], "little") + 23] &= ~0x20
    return read_pe(bytes(content))


@pytest.mark.parametrize(
    ("machine", "wide", "tag"),
    [
        (0x14C, False, "win32"),
        (0x8664, True, "win_amd64"),
        (0xAA64, True, "win_arm64"),
    ],
)
def test_the_processor_is_the_tag(pe_image, machine, wide, tag):
    found = image(pe_image, "KERNEL32.dll", machine=machine, wide=wide)
    report = judge_pe({"core.pyd": found})
    assert (report.platforms, report.reasons, report.findings) == ((tag,), (), ())


def test_imports_are_sorted_into_classes(pe_image):
    module = image(
        pe_image,
        *("KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll", "python312.dll"),
        *("VCRUNTIME140.dll", "MSVCP140.dll", "own.dll", "libfoo.dll"),
        delayed=["later.dll"],
    )
    files = {"pkg/core.pyd": module, "pkg.libs/OWN.dll": image(pe_image, "ntdll.dll")}
    report = judge_pe(files, python="cp312")
    assert {name: group for name, group, _ in report.imports} == {
        "kernel32.dll": "system",
        "ntdll.dll": "system",
        "api-ms-win-crt-heap-l1-1-0.dll": "api-set",
        "python312.dll": "python",
        "vcruntime140.dll": "python-runtime",
        "msvcp140.dll": "vc-runtime",
        "own.dll": "wheel",
        "libfoo.dll": "external",
        "later.dll": "external",
    }
    assert report.own == ("pkg.libs/OWN.dll",)
    assert [(item.name, item.is_optional) for item in report.external] == [
        ("later.dll", True),
        ("libfoo.dll", False),
        ("msvcp140.dll", False),
    ]
    assert [(item.rule, item.severity, item.what) for item in report.findings] == [
        (
            "external-library",
            "warning",
            "it needs later.dll, which is neither in the wheel nor in Windows",
        ),
        (
            "external-library",
            "error",
            "it needs libfoo.dll, which is neither in the wheel nor in Windows",
        ),
        (
            "external-library",
            "error",
            (
                "it needs msvcp140.dll of the C++ runtime, which Python does not bring "
                "along"
            ),
        ),
    ]


def test_files_for_other_processors(pe_image):
    files = {
        "core.pyd": image(pe_image, "KERNEL32.dll"),
        "old.dll": image(pe_image, "KERNEL32.dll", machine=0x14C, wide=False),
    }
    report = judge_pe(files, platform="win_amd64")
    assert (report.platforms, report.reasons) == (("win_amd64",), ())
    assert [(item.rule, item.path, item.severity) for item in report.findings] == [
        ("foreign-architecture", "old.dll", "warning")
    ]
    assert judge_pe(files).reasons == (
        "the files are for different processors: win32, win_amd64",
    )


@pytest.mark.parametrize(
    ("python", "platform", "names"),
    [
        ("cp312", "win_amd64", {"vcruntime140.dll", "vcruntime140_1.dll"}),
        ("cp38", "win_amd64", {"vcruntime140.dll"}),
        ("cp312", "win32", {"vcruntime140.dll"}),
        ("cp38.cp312", "win_amd64", {"vcruntime140.dll"}),
        ("pp311", "win_amd64", {"vcruntime140.dll"}),
        ("cp27", "win_amd64", {"msvcr90.dll"}),
        ("cp34", "win32", {"msvcr100.dll"}),
        ("cp27.cp35", "win32", set()),
        ("py3", "win_amd64", set()),
        ("", "win_amd64", set()),
    ],
)
def test_what_python_brings_along(python, platform, names):
    assert promised_runtime(python, platform) == names | {"ucrtbase.dll"}


@pytest.mark.parametrize("python", ["py3", "py2.py3", "py310"])
def test_what_any_python_3_brings_along(pe_image, python):
    assert "vcruntime140.dll" in promised_runtime(
        python, "win_amd64", has_programs=False
    )
    library = image(pe_image, "VCRUNTIME140.dll")
    files = {"a/x.dll": library}
    assert judge_pe(files, python=python).external == ()
    files["a/x.exe"] = image(pe_image, "KERNEL32.dll", program=True)
    (found,) = judge_pe(files, python=python).external
    assert found.name == "vcruntime140.dll"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("a/attach_amd64.dll", "note"),
        ("a/x64/inject.dll", "note"),
        ("a/inject.dll", "warning"),
        ("a/inject_x86.dll", "warning"),
        ("a/inject.exe", "note"),
    ],
)
def test_what_is_named_after_another_processor(pe_image, path, severity):
    is_program = path.endswith(".exe")
    files = {
        "a/core.pyd": image(pe_image, "KERNEL32.dll", machine=0x14C, wide=False),
        path: image(pe_image, "KERNEL32.dll", program=is_program),
    }
    report = judge_pe(files, platform="win32")
    assert [(item.rule, item.severity) for item in report.findings] == [
        ("foreign-architecture", severity)
    ]


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("KERNEL32.DLL", "system"),
        ("winspool.drv", "system"),
        ("ext-ms-win-ntuser-window-l1-1-0.dll", "api-set"),
        ("python3.dll", "python"),
        ("python313t.dll", "python"),
        ("libpypy3.11-c.dll", "python"),
        ("vcomp140.dll", "runtime"),
        ("libgcc_s_seh-1.dll", "runtime"),
        ("zlib1.dll", "external"),
    ],
)
def test_classes(name, group):
    assert classify_dll(name, "win_amd64") == group


def test_the_lists_differ_by_processor():
    assert system_libraries("win32") != system_libraries("win_arm64")
    assert system_libraries("win_amd64") <= system_libraries("")
    assert "windows.media.speech.dll" in system_libraries("")
