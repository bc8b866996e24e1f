from __future__ import annotations

import json

import pytest

from ferrule.audit.linux import judge_elf, linux_platform_tags
from ferrule.errors.formats import BrokenElfError
from ferrule.errors.wheel import PolicyNameError, PolicyNotMetError
from ferrule.formats.elf import read_elf

GLIBC = {"needed": ["libgcc_s.so.1", "libc.so.6"]}


def audit_elf(images, **more):
    """Judge images that are called `a.so`, `b.so` and so on, or by given names."""
    if not isinstance(images, dict):
        images = {f"{'abc'[place]}.so": image for place, image in enumerate(images)}
    return judge_elf({path: read_elf(image) for path, image in images.items()}, **more)


def glibc(elf_image, version="GLIBC_2.17", *, arch=62, symbols=(), **more):
    content = {**GLIBC, **more}
    used = [("memfd", False, False, version), *symbols]
    return elf_image(
        machine=arch, symbols=used, versions={"libc.so.6": [version]}, **content
    )


@pytest.mark.parametrize(
    ("version", "platforms"),
    [
        ("GLIBC_2.5", ("manylinux1_x86_64", "manylinux_2_5_x86_64")),
        ("GLIBC_2.17", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("GLIBC_2.18", ("manylinux_2_24_x86_64",)),
        ("GLIBC_2.34", ("manylinux_2_34_x86_64",)),
        ("GLIBC_ABI_DT_RELR", ("manylinux_2_36_x86_64",)),
    ],
)
def test_the_newest_symbol_decides(elf_image, version, platforms):
    report = audit_elf([glibc(elf_image, version)])
    assert (report.platforms, report.reasons) == (platforms, ())
    assert (report.architectures, report.libc) == (("x86_64",), "glibc")


def test_the_worst_file_decides(elf_image):
    report = audit_elf([glibc(elf_image), glibc(elf_image, "GLIBC_2.28")])
    assert report.platforms == ("manylinux_2_28_x86_64",)


@pytest.mark.parametrize("version", ["GLIBC_9.99", "GLIBC_PRIVATE", "STRANGE_1.0"])
def test_an_unknown_symbol_version_fits_no_policy(elf_image, version):
    report = audit_elf([glibc(elf_image, version)])
    assert report.platforms == ("linux_x86_64",)
    assert report.reasons == (
        (
            f"a.so needs {version} of libc.so.6, which is newer than manylinux_2_41 "
            "(symbols: memfd)"
        ),
    )


def test_a_library_without_promise(elf_image):
    image = glibc(elf_image, needed=["libssl.so.3", "libc.so.6"])
    report = audit_elf([image])
    assert report.platforms == ("linux_x86_64",)
    assert report.reasons == (
        "a.so needs libssl.so.3, which manylinux_2_41 does not promise",
    )


def test_a_library_that_is_in_the_wheel_counts_as_present(elf_image):
    user = glibc(elf_image, needed=["libown.so.1", "libc.so.6"], runpath="$ORIGIN")
    own = glibc(elf_image, "GLIBC_2.28", soname="libown.so.1")
    report = audit_elf({"pkg/a.so": user, "pkg/libown.so.1": own})
    assert report.platforms == ("manylinux_2_28_x86_64",)
    assert report.own == ("pkg/libown.so.1",)
    elsewhere = audit_elf({"pkg/a.so": user, "pkg.libs/libown.so.1": own})
    assert elsewhere.reasons == (
        (
            "pkg/a.so needs libown.so.1, which manylinux_2_41 does not promise; the "
            "one in the wheel (pkg.libs/libown.so.1) is on no rpath of it"
        ),
    )
    assert [item.to_json() for item in elsewhere.external] == [
        {"name": "libown.so.1", "needed_by": ["pkg/a.so"], "optional": False}
    ]


def test_libpython_is_named(elf_image):
    image = glibc(elf_image, needed=["libpython3.12.so.1.0", "libc.so.6"])
    assert audit_elf([image]).reasons == (
        (
            "a.so is linked to libpython3.12.so.1.0; extension modules must find "
            "Python's symbols in the interpreter that loads them"
        ),
    )


def test_private_symbols(elf_image):
    needed = ["libz.so.1", "libc.so.6"]
    strong = glibc(elf_image, needed=needed, symbols=[("zcalloc", False, False, "")])
    weak = glibc(elf_image, needed=needed, symbols=[("zcalloc", False, True, "")])
    assert audit_elf([strong]).reasons == (
        "a.so uses private symbols of libz.so.1: zcalloc",
    )
    assert audit_elf([weak]).platforms[-1] == "manylinux_2_17_x86_64"


def test_weak_thread_exit_of_rust_is_no_problem(elf_image):
    name = "__cxa_thread_atexit_impl"
    weak = glibc(elf_image, "GLIBC_2.5", symbols=[(name, False, True, "")])
    strong = glibc(elf_image, "GLIBC_2.5", symbols=[(name, False, False, "")])
    assert audit_elf([weak]).platforms[-1] == "manylinux_2_5_x86_64"
    assert audit_elf([strong]).platforms == ("manylinux_2_24_x86_64",)


@pytest.mark.parametrize("libc", ["libc.so", "libc.musl-x86_64.so.1"])
def test_musl(elf_image, libc):
    report = audit_elf([elf_image(needed=[libc], symbols=[("f", False, False, "")])])
    assert (report.libc, report.platforms) == ("musl", ("musllinux_1_2_x86_64",))


def test_musl_promises_no_libgcc(elf_image):
    image = elf_image(needed=["libgcc_s.so.1", "libc.so"])
    assert audit_elf([image]).reasons == (
        "a.so needs libgcc_s.so.1, which musllinux_1_2 does not promise",
    )


def test_the_loader_tells_the_c_library(elf_image):
    assert audit_elf([elf_image(interpreter="/lib/ld-musl-x86_64.so.1")]).libc == "musl"
    assert audit_elf([elf_image(interpreter="/lib64/ld-linux.so.2")]).libc == "glibc"


def test_a_static_program_runs_everywhere(elf_image):
    report = audit_elf([elf_image()])
    assert report.libc == ""
    assert report.platforms == (
        "manylinux1_x86_64",
        "manylinux_2_5_x86_64",
        "musllinux_1_2_x86_64",
    )


def test_a_module_that_calls_only_python(elf_image):
    image = elf_image(symbols=[("PyLong_FromLong", False, False, "")])
    named = {"a.cpython-312-x86_64-linux-musl.so": image}
    assert audit_elf([image]).platforms[-1] == "manylinux_2_5_x86_64"
    assert audit_elf(named).platforms == ("musllinux_1_2_x86_64",)
    expected = audit_elf([image], expected="musl")
    assert expected.platforms == ("musllinux_1_2_x86_64",)


def test_other_files_tell_the_c_library_of_silent_ones(elf_image):
    silent = elf_image(symbols=[("PyLong_FromLong", False, False, "")])
    musl = elf_image(needed=["libc.so"])
    assert audit_elf([silent, musl]).platforms == ("musllinux_1_2_x86_64",)


def test_contradictions_are_told(elf_image):
    mixed = audit_elf([glibc(elf_image), glibc(elf_image, arch=183)])
    assert mixed.reasons == (
        "the files are for different architectures: aarch64, x86_64",
    )
    both = audit_elf([glibc(elf_image), elf_image(needed=["libc.so"])])
    assert both.reasons == ("some files are linked to glibc and others to musl",)
    fast = audit_elf([glibc(elf_image, isa=0b111)])
    assert fast.reasons == ("a.so needs a newer processor: x86-64-v3",)
    assert fast.platforms == ("linux_x86_64",)


def test_an_architecture_without_policies(elf_image):
    image = glibc(elf_image, arch=2)
    report = audit_elf([image])
    assert report.platforms == ("linux_sparc",)
    assert report.reasons == ("there is no policy for sparc",)
    assert audit_elf([image], arch="sparc64").platforms == ("linux_sparc64",)


def tags(image, wanted, **more):
    return linux_platform_tags({"core.so": read_elf(image)}, wanted=wanted, **more)


@pytest.mark.parametrize(
    ("wanted", "platforms"),
    [
        ("auto", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("pypi", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("linux", ("linux_x86_64",)),
        ("off", ("linux_x86_64",)),
        ("2014", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("manylinux2014", ("manylinux2014_x86_64", "manylinux_2_17_x86_64")),
        ("2_28", ("manylinux_2_28_x86_64",)),
        ("manylinux_2_28", ("manylinux_2_28_x86_64",)),
        ("manylinux_2_28_x86_64", ("manylinux_2_28_x86_64",)),
        ("manylinux_2_30", ("manylinux_2_30_x86_64",)),
        ("manylinux_2_99", ("manylinux_2_99_x86_64",)),
    ],
)
def test_wanted(elf_image, wanted, platforms):
    assert tags(glibc(elf_image), wanted) == (platforms, ())


def test_auto_tells_why_it_is_plain_linux(elf_image):
    platforms, reasons = tags(glibc(elf_image, "GLIBC_9.99"), "auto")
    assert platforms == ("linux_x86_64",)
    assert "GLIBC_9.99" in reasons[0]


def test_a_policy_that_is_not_met(elf_image):
    image = glibc(elf_image, "GLIBC_2.28")
    with pytest.raises(PolicyNotMetError) as caught:
        tags(image, "manylinux2014")
    assert str(caught.value) == (
        "the built files do not satisfy manylinux_2_17\n"
        "  core.so needs GLIBC_2.28 of libc.so.6, which is newer than "
        "manylinux_2_17 (symbols: memfd)\n"
        "  fix: build in an older system or with --zig, or use manylinux_2_28_x86_64, "
        "which they satisfy"
    )


def test_a_policy_between_known_ones_is_checked_against_the_older(elf_image):
    with pytest.raises(PolicyNotMetError, match="newer than manylinux_2_30"):
        tags(glibc(elf_image, "GLIBC_2.31"), "manylinux_2_30")


def test_pypi_takes_no_plain_linux(elf_image):
    with pytest.raises(PolicyNotMetError, match="do not satisfy any policy"):
        tags(glibc(elf_image, "GLIBC_9.99"), "pypi")


def test_the_wrong_c_library(elf_image):
    with pytest.raises(PolicyNotMetError) as caught:
        tags(elf_image(needed=["libc.so"]), "manylinux_2_28")
    assert "the files are linked to musl" in str(caught.value)
    assert "fix: build for glibc (a target *-linux-gnu), or use" in str(caught.value)
    with pytest.raises(PolicyNotMetError) as caught:
        tags(glibc(elf_image, "GLIBC_2.17"), "musllinux_1_2")
    assert "fix: build for musl (a target *-linux-musl), or use" in str(caught.value)


@pytest.mark.parametrize("wanted", ["manylinux2013", "manylinux_2_4", "musllinux_9_9"])
def test_an_unknown_policy(elf_image, wanted):
    with pytest.raises(PolicyNameError) as caught:
        tags(glibc(elf_image), wanted)
    text = str(caught.value)
    assert f"compatibility '{wanted}' is no platform policy for x86_64" in text
    assert 'did you mean "m' in text
    assert "known for x86_64: manylinux_2_5, manylinux1, " in text


def test_the_ladder_names_what_keeps_from_each_policy(elf_image):
    report = audit_elf([glibc(elf_image, "GLIBC_2.28")])
    rungs = {rung.tag: rung for rung in report.ladder}
    assert rungs["manylinux_2_28_x86_64"].is_met
    assert rungs["manylinux_2_17_x86_64"].aliases == ("manylinux2014_x86_64",)
    (obstacle,) = rungs["manylinux_2_27_x86_64"].obstacles
    assert report.limits == (obstacle,)
    assert obstacle.to_json() == {
        "kind": "version",
        "text": "a.so needs GLIBC_2.28 of libc.so.6, which is newer than "
        "manylinux_2_27 (symbols: memfd)",
        "path": "a.so",
        "library": "libc.so.6",
        "version": "GLIBC_2.28",
        "symbols": ["memfd"],
    }


def test_the_report_is_plain_data(elf_image):
    data = audit_elf([glibc(elf_image)]).to_json()
    assert json.loads(json.dumps(data)) == data
    assert data["platforms"] == ["manylinux2014_x86_64", "manylinux_2_17_x86_64"]
    assert data["portable"] is True


def test_files_for_other_architectures_are_told_and_left_out(elf_image):
    other = elf_image(machine=183, needed=["libc.so.6"])
    report = audit_elf([glibc(elf_image), other], arch="x86_64")
    assert report.platforms[-1] == "manylinux_2_17_x86_64"
    assert [(item.rule, item.path) for item in report.findings] == [
        ("foreign-architecture", "b.so")
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("PyUnicodeUCS2_AsUTF8String", "a Python 2 with narrow Unicode strings"),
        ("PyFPE_jbuf", "a Python built with --with-fpectl"),
    ],
)
def test_pythons_that_are_no_longer_built(elf_image, name, reason):
    report = audit_elf([glibc(elf_image, symbols=[(name, False, False, "")])])
    assert report.reasons == (f"a.so is built for {reason}",)


def test_code_for_certain_processors(elf_image):
    report = audit_elf([glibc(elf_image)], cpu="target-cpu=native")
    assert report.platforms == ("linux_x86_64",)
    assert report.reasons == (
        (
            "the code was compiled for a certain processor: target-cpu=native (to "
            'accept it: [tool.ferrule.check] ignore = ["cpu-features"])'
        ),
    )
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("cpu-features", "error")
    with pytest.raises(PolicyNotMetError, match="certain processor: target-cpu=na"):
        tags(glibc(elf_image), "manylinux_2_28", cpu="target-cpu=native")


def test_programs_and_libpython(elf_image):
    needed = ["libpython3.12.so.1.0", "libc.so.6"]
    program = elf_image(needed=needed, interpreter="/lib64/ld-linux-x86-64.so.2")
    report = audit_elf([program])
    assert report.reasons == (
        "a.so is linked to libpython3.12.so.1.0, which no platform tag promises",
    )
    assert report.findings == ()
    (finding,) = audit_elf([glibc(elf_image, needed=needed)]).findings
    assert finding.rule == "libpython-linked"


def test_a_damaged_file(elf_image):
    with pytest.raises(BrokenElfError):
        tags(glibc(elf_image)[:100], "auto")
