from __future__ import annotations

import pytest

from ferrule.audit.judgement import (
    LinuxWish,
    abi_findings,
    native_tags,
    platform_tags,
)
from ferrule.errors.wheel import ExternalLibrariesError, PolicyNotMetError
from ferrule.wheel.tags import WheelTag

NEWEST = "manylinux_2_41"


@pytest.fixture
def judge(tmp_path, elf_image):
    """Judge one file, twice: the second answer comes from the cache."""
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}

    def call(
        wanted, audit, *, needed=("libc.so.6",), version="GLIBC_2.17", cpu="", **more
    ):
        path = tmp_path / "core.so"
        symbols = [("memfd", False, False, version)]
        versions = {"libc.so.6": [version]}
        image = elf_image(needed=needed, symbols=symbols, versions=versions, **more)
        path.write_bytes(image)
        results = [
            platform_tags(
                {"core.so": path}, LinuxWish(wanted, "x86_64", audit, cpu), env=env
            )
            for _ in range(2)
        ]
        assert results[0] == results[1]
        tags, reasons, warnings = results[0]
        assert warnings == ()
        return tags, reasons

    return call


EXTERNAL = ("libfoo.so.1", "libc.so.6")
MISSING = f"core.so needs libfoo.so.1, which {NEWEST} does not promise"
POLICY = ("manylinux2014_x86_64", "manylinux_2_17_x86_64")


@pytest.mark.parametrize("audit", ["repair", "warn"])
def test_a_tag_without_promise_for_foreign_libraries(judge, audit):
    assert judge("auto", audit, needed=EXTERNAL) == (("linux_x86_64",), (MISSING,))


@pytest.mark.parametrize("audit", ["repair", "check", "warn"])
def test_the_best_policy_for_all_others(judge, audit):
    assert judge("auto", audit) == (POLICY, ())


def test_foreign_libraries_fail_the_check(judge):
    with pytest.raises(ExternalLibrariesError) as caught:
        judge("auto", "check", needed=EXTERNAL)
    assert str(caught.value) == (
        "the built files need libraries that no platform tag promises\n"
        f"  {MISSING}\n"
        '  fix: link them statically, or set audit = "warn" for a wheel that works '
        "only where they are installed"
    )


def test_the_check_is_about_libraries_only(judge):
    tags, reasons = judge("auto", "check", version="GLIBC_9.99")
    assert tags == ("linux_x86_64",)
    assert len(reasons) == 1


@pytest.mark.parametrize("audit", ["repair", "check", "warn", "skip"])
def test_no_promise_needs_no_audit(judge, audit):
    assert judge("linux", audit, needed=EXTERNAL) == (("linux_x86_64",), ())


def test_skip_looks_at_nothing(judge):
    assert judge("auto", "skip", needed=EXTERNAL) == (("linux_x86_64",), ())
    assert judge("auto", "skip") == (("linux_x86_64",), ())
    assert judge("manylinux_2_17", "skip", needed=EXTERNAL) == (POLICY, ())
    tags, _ = judge("manylinux_2_28,musllinux_1_2", "skip", needed=EXTERNAL)
    assert tags == ("manylinux_2_28_x86_64", "musllinux_1_2_x86_64")


def test_several_policies_must_all_be_satisfied(judge):
    tags, _ = judge("manylinux_2_17,manylinux_2_28", "repair")
    assert tags == (*POLICY, "manylinux_2_28_x86_64")
    with pytest.raises(PolicyNotMetError):
        judge("manylinux_2_17,musllinux_1_2", "repair")


@pytest.fixture
def find(tmp_path, elf_image):
    """Ask about one module that imports these names."""
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    path = tmp_path / "libcore.so"

    def call(*imports, tag="cp39", requires_python="", releases=()):
        symbols = [(name, False, False, "") for name in imports]
        symbols.append(("PyInit_core", True, False, ""))
        image = elf_image(symbols=symbols)
        if not path.is_file() or path.read_bytes() != image:
            path.write_bytes(image)
        return abi_findings(
            {"core.abi3.so": path},
            WheelTag(tag, "abi3", ("any",)),
            requires_python=requires_python,
            releases=releases,
            env=env,
        )

    return call


def test_findings_about_the_abi_are_remembered(find):
    first, is_new = find("PyType_GetName")
    assert is_new
    assert [item["rule"] for item in first] == ["abi3-newer-symbol"]
    assert find("PyType_GetName") == (first, False)
    assert find("PyCMethod_New") == ([], True)
    assert find("PyType_GetName", tag="cp311") == ([], True)


def test_files_of_other_formats_are_passed_over(tmp_path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    path = tmp_path / "core.wasm"
    path.write_bytes(b"\0asm\1\0\0\0")
    answers = [
        abi_findings(
            {"core.so": path},
            WheelTag("cp312", "cp312", ("any",)),
            requires_python=">=3.9",
            releases=["0.30.1"],
            env=env,
        )
        for _ in range(2)
    ]
    assert answers == [([], True), ([], False)]


@pytest.mark.parametrize(
    ("requires_python", "releases", "suggested"),
    [
        (">=3.6", ["0.30.1"], "cp39-abi3"),
        (">=3.6", ["0.20.2"], "cp37-abi3"),
        (">=3.10", ["0.30.1"], "cp310-abi3"),
        (">=3.11", ["0.30.1"], ""),
        ("", ["0.30.1"], ""),
    ],
)
def test_no_older_python_is_suggested_than_pyo3_serves(
    find, requires_python, releases, suggested
):
    found, _ = find(
        "PyList_New", tag="cp311", requires_python=requires_python, releases=releases
    )
    assert [item["message"].rpartition(" ")[2] for item in found] == (
        [suggested] if suggested else []
    )


def test_code_for_certain_processors_gets_no_portable_tag(judge):
    tags, reasons = judge("auto", "warn", cpu="target-cpu=x86-64-v3")
    assert tags == ("linux_x86_64",)
    assert "target-cpu=x86-64-v3" in reasons[0]
    assert judge("auto", "warn") == (POLICY, ())


def test_plain_linux_reads_no_file_when_the_machine_is_known(tmp_path):
    files = {"a.so": tmp_path / "a.so"}
    files["a.so"].write_bytes(b"no library")
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
    answer = platform_tags(files, LinuxWish("linux", "aarch64"), env=env)
    assert answer.tags == ("linux_aarch64",)


def test_an_executable_stack_is_told(judge_file, elf_image):
    image = elf_image(needed=["libc.so.6"], stack=7)
    answer = judge_file(image, platform_tags, LinuxWish("auto", "x86_64"))
    assert answer.tags[-1] == "manylinux_2_5_x86_64"
    assert answer.warnings == ("core.so: it asks for an executable stack",)


@pytest.fixture
def judge_file(tmp_path):
    def call(image, judge, *wish, **more):
        path = tmp_path / "core.so"
        path.write_bytes(image)
        env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}
        answers = [judge({"core.so": path}, *wish, env=env, **more) for _ in range(2)]
        assert answers[0] == answers[1]
        return answers[0]

    return call


NATIVE = {"judge": native_tags, "python": "cp312"}


def test_macos_tags_come_from_the_slices(judge_file, macho_image):
    image = macho_image(minimum=(12, 0))
    for target, tag in (("11.0", "macosx_12_0_arm64"), ("13.0", "macosx_13_0_arm64")):
        answer = judge_file(image, wanted="auto", target=target, **NATIVE)
        assert answer == ((tag,), (), ())


def test_a_macos_tag_that_is_asked_for_is_verified(judge_file, macho_image):
    image = macho_image(minimum=(12, 0))
    answer = judge_file(image, wanted="macosx_14_0_arm64", target="", **NATIVE)
    assert answer.tags == ("macosx_14_0_arm64",)
    with pytest.raises(PolicyNotMetError) as caught:
        judge_file(image, wanted="macosx_11_0_arm64", target="", **NATIVE)
    assert "its arm64 code needs macOS 12.0" in str(caught.value)


def test_windows_tags_and_missing_libraries(judge_file, pe_image):
    image = pe_image(imports=(("libfoo.dll", ("f",)),))
    answer = judge_file(image, wanted="auto", target="", **NATIVE)
    assert answer.tags == ("win_amd64",)
    assert answer.warnings == (
        "core.so: it needs libfoo.dll, which is neither in the wheel nor in Windows",
    )


def test_other_files_have_no_native_tag(judge_file, elf_image):
    image = elf_image(needed=["libc.so.6"])
    assert judge_file(image, wanted="auto", target="", **NATIVE).tags == ()


def test_android_tags_name_the_level_that_is_needed(judge_file, elf_image):
    image = elf_image(needed=["libc.so", "libpython3.13.so"], machine=183, api=24)
    for claimed, level in (("", 24), ("android_21_arm64_v8a", 24)):
        answer = judge_file(image, wanted="auto", target="", claimed=claimed, **NATIVE)
        assert answer.tags == (f"android_{level}_arm64_v8a",)
    newer = "android_28_arm64_v8a"
    assert judge_file(
        image, wanted="auto", target="", claimed=newer, **NATIVE
    ).tags == (newer,)


def test_ios_tags_are_for_no_system_older_than_pythons(judge_file, macho_image):
    for minimum, tag in (((10, 0), "ios_13_0"), ((15, 2), "ios_15_2")):
        image = macho_image(platform=2, minimum=minimum)
        answer = judge_file(image, wanted="auto", target="13.0", **NATIVE)
        assert answer.tags == (f"{tag}_arm64_iphoneos",)
