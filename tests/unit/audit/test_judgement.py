from __future__ import annotations

import pytest

from ferrule.audit.judgement import platform_tags
from ferrule.errors.wheel import ExternalLibrariesError, PolicyNotMetError

NEWEST = "manylinux_2_41"


@pytest.fixture
def judge(tmp_path, elf_image):
    """Judge one file, twice: the second answer comes from the cache."""
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}

    def call(wanted, audit, *, needed=("libc.so.6",), version="GLIBC_2.17", **more):
        path = tmp_path / "core.so"
        symbols = [("memfd", False, False, version)]
        versions = {"libc.so.6": [version]}
        image = elf_image(needed=needed, symbols=symbols, versions=versions, **more)
        path.write_bytes(image)
        results = [
            platform_tags([path], wanted=wanted, machine="x86_64", env=env, audit=audit)
            for _ in range(2)
        ]
        assert results[0] == results[1]
        return results[0]

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
