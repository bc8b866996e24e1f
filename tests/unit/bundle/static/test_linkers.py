"""Which linker reads an archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.static.archive import ArchiveFacts, MemberFacts
from ferrule.bundle.static.linkers import choose_linker, named_driver
from ferrule.errors.static_link import (
    BitcodeLinkerError,
    BitcodeReleaseError,
    GccReleaseError,
    MixedCodeError,
    NamedLinkerError,
    PluginLtoError,
    WishedLinkerError,
)

MACHINE = MemberFacts("a.o", "machine", 62)
FAT = MemberFacts("a.o", "gcc-fat", 62, lto=(11, 3))
SLIM = MemberFacts("a.o", "gcc-slim", 62, lto=(11, 3))
LLVM = MemberFacts("a.o", "llvm", producer="LLVM14.0.6")
NEW_LLVM = MemberFacts("a.o", "llvm", producer="LLVM99.0.0")
OFF = ("-C", "linker-features=-lld")
BFD = (*OFF, "-C", "link-arg=-fuse-ld=bfd")
OWN = ("-C", "link-arg=-B/rust/gcc-ld", "-C", "link-arg=-fuse-ld=lld")
MOLD = (*OFF, "-C", "link-arg=-fuse-ld=mold")


def facts(*members):
    return ArchiveFacts(Path("/opt/libpython3.12.a"), False, members)


def words(linking):
    return [word for flag in linking.flags for word in flag.words]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "rust-lld"),
        ({"own_lld": None}, "default"),
        ({"release": (1, 89)}, "default"),
        ({"target": "aarch64-unknown-linux-gnu"}, "default"),
        ({"rustflags": OFF}, "default"),
        ({"rustflags": MOLD}, "mold"),
        ({"rustflags": ("-Clink-arg=-fuse-ld=/opt/ld.lld",)}, "lld"),
        ({"rustflags": ("-Clink-arg=-fuse-ld=wild",)}, "default"),
    ],
)
def test_what_links_when_nothing_is_added(rust, changes, name):
    linker = rust(**changes)
    assert linker.name == name
    linking = choose_linker(facts(MACHINE), linker)
    assert (linking.name, linking.flags) == (name, ())


def test_fat_objects(rust):
    assert choose_linker(facts(MACHINE, FAT), rust()).flags == ()
    linking = choose_linker(facts(FAT), rust(rustflags=BFD))
    assert words(linking) == ["-C", "link-arg=-fno-use-linker-plugin"]
    assert "GCC 11" in linking.reason


def test_slim_objects_of_the_same_gcc(rust):
    same = {"driver_release": lambda: 11}
    linking = choose_linker(facts(SLIM), rust(**same))
    assert (linking.name, words(linking)) == ("default", [*OFF])
    linking = choose_linker(facts(SLIM), rust(rustflags=MOLD, **same))
    assert (linking.name, linking.flags) == ("mold", ())
    with pytest.raises(NamedLinkerError, match="name `-fuse-ld=lld`"):
        choose_linker(facts(SLIM), rust(rustflags=("-fuse-ld=lld",), **same))


def test_slim_objects_of_a_gcc_that_is_there_too(rust):
    linker = rust(driver_release=lambda: 12, find_program=lambda name: f"/bin/{name}")
    assert words(choose_linker(facts(SLIM), linker)) == [*OFF, "-C", "linker=gcc-11"]


def test_slim_objects_of_another_gcc(rust):
    with pytest.raises(GccReleaseError) as caught:
        choose_linker(facts(SLIM), rust(driver_release=lambda: 12))
    assert str(caught.value).startswith(
        "the code in /opt/libpython3.12.a cannot be linked here\n"
        "  the objects were compiled by GCC 11 with -flto and hold no machine code, "
        "so only the same major release can link them\n"
        "  the compiler that links here is GCC 12\n"
        "  fix: install gcc-11 (apt install gcc-11), or use a Python that was built "
        "without --with-lto"
    )


def test_the_driver_that_is_configured(rust):
    clang = rust(driver="clang", driver_release=lambda: 0)
    with pytest.raises(GccReleaseError, match="here, clang, is not GCC, or unknown"):
        choose_linker(facts(SLIM), clang)
    found = {"find_program": lambda name: name}
    linking = choose_linker(facts(SLIM), rust(driver="clang", **found))
    assert words(linking) == [*OFF, "-C", "linker=gcc-11"]
    # What the flags name comes last.
    flags = ("-C", "linker=clang")
    with pytest.raises(NamedLinkerError, match="replace it by `linker=gcc-11`"):
        choose_linker(facts(SLIM), rust(rustflags=flags, **found))
    flags = ("-Clinker=gcc-11",)
    linker = rust(rustflags=flags, driver_release=lambda: 11)
    assert words(choose_linker(facts(SLIM), linker)) == [*OFF]


def test_code_for_gccs_plugin_and_for_llvms(rust):
    flags = ("-Clinker-plugin-lto", "-Clinker=clang")
    with pytest.raises(PluginLtoError) as caught:
        choose_linker(facts(SLIM), rust(rustflags=flags))
    assert str(caught.value).startswith(
        "/opt/libpython3.12.a and Rust code with -C linker-plugin-lto cannot be "
        "linked together\n"
        "  the archive holds intermediate code of GCC 11 only"
    )
    assert choose_linker(facts(FAT), rust(rustflags=flags)).flags == ()
    off = rust(rustflags=("-Clinker-plugin-lto=no",), driver_release=lambda: 11)
    assert choose_linker(facts(SLIM), off).name == "default"


@pytest.mark.parametrize(
    ("flags", "driver"),
    [
        ((), ""),
        (("-C", "linker=clang"), "clang"),
        (("-Clinker=a", "-C", "linker=/opt/b"), "/opt/b"),
        (("-Clinker-plugin-lto", "-Clinker-flavor=gcc"), ""),
    ],
)
def test_the_driver_of_the_flags(flags, driver):
    assert named_driver(flags) == driver


def test_slim_objects_of_two_gccs_or_for_lld(rust):
    other = MemberFacts("b.o", "gcc-slim", 62, lto=(12, 0))
    with pytest.raises(GccReleaseError, match="by GCC 11 and GCC 12 with"):
        choose_linker(facts(SLIM, other), rust(driver_release=lambda: 12))
    with pytest.raises(GccReleaseError, match="lld passes over such objects"):
        choose_linker(facts(SLIM), rust(), "lld")


def test_bitcode(rust):
    linking = choose_linker(facts(LLVM), rust())
    assert (linking.name, linking.flags) == ("rust-lld", ())
    assert "bitcode of LLVM14.0.6" in linking.reason
    linking = choose_linker(facts(LLVM), rust(rustflags=OFF))
    assert words(linking) == [*OFF, *OWN]
    with pytest.raises(NamedLinkerError) as caught:
        choose_linker(facts(LLVM), rust(rustflags=MOLD))
    assert str(caught.value).startswith(
        "the flags for rustc name `-fuse-ld=mold`, which cannot link "
        "/opt/libpython3.12.a\n"
        "  libpython3.12.a is bitcode of LLVM14.0.6, which only lld reads\n"
        "  flags of RUSTFLAGS and of .cargo/config.toml come after ferrule's own, and "
        "the last one counts\n"
        "  fix: remove `-fuse-ld=mold` from RUSTFLAGS or from `rustflags` in "
        ".cargo/config.toml, or replace it by `-fuse-ld=lld`"
    )
    linking = choose_linker(facts(LLVM), rust(target="aarch64-unknown-linux-gnu"))
    assert words(linking) == [*OWN]
    arm = rust(
        target="aarch64-unknown-linux-gnu",
        own_lld=None,
        find_program=lambda name: name == "ld.lld" and "/usr/bin/ld.lld",
    )
    linking = choose_linker(facts(LLVM), arm)
    assert (linking.name, words(linking)) == ("lld", ["-C", "link-arg=-fuse-ld=lld"])


def test_bitcode_without_lld(rust):
    with pytest.raises(BitcodeLinkerError) as caught:
        choose_linker(facts(LLVM), rust(own_lld=None))
    assert str(caught.value).startswith(
        "/opt/libpython3.12.a is LLVM bitcode, and there is no lld to link it\n"
        "  written by LLVM14.0.6, read by lld only\n"
        "  fix: install lld (apt install lld), use Rust 1.90"
    )
    with pytest.raises(BitcodeLinkerError, match="--ld mold cannot read it"):
        choose_linker(facts(LLVM), rust(find_program=lambda name: name), "mold")


def test_bitcode_of_a_newer_llvm(rust):
    with pytest.raises(BitcodeReleaseError) as caught:
        choose_linker(facts(NEW_LLVM), rust())
    assert str(caught.value).startswith(
        "/opt/libpython3.12.a is bitcode of a newer LLVM than Rust has\n"
        "  written by LLVM99.0.0; the lld of this Rust reads LLVM 22\n"
        "  fix: update Rust"
    )
    # How new an installed lld is, is not known before it runs.
    wild = {"own_lld": None, "find_program": lambda name: name}
    assert choose_linker(facts(NEW_LLVM), rust(**wild)).name == "lld"


def test_code_of_two_compilers(rust):
    with pytest.raises(MixedCodeError, match="no linker can read"):
        choose_linker(facts(SLIM, LLVM), rust())


@pytest.mark.parametrize("wish", ["bfd", "gold", "mold", "lld"])
def test_wishes(rust, wish):
    linker = rust(own_lld=None, find_program=lambda name: f"/bin/{name}")
    linking = choose_linker(facts(MACHINE), linker, wish)
    assert (linking.name, words(linking)[-1]) == (wish, f"link-arg=-fuse-ld={wish}")


def test_lld_is_there_already(rust):
    assert choose_linker(facts(MACHINE), rust(), "lld").flags == ()
    linking = choose_linker(facts(MACHINE), rust(rustflags=OFF), "lld")
    assert words(linking) == [*OFF, *OWN]


def test_a_linker_that_is_not_installed(rust):
    with pytest.raises(WishedLinkerError) as caught:
        choose_linker(facts(MACHINE), rust(), "mold")
    assert str(caught.value).startswith(
        "the linker mold of --ld is not on this machine\n"
        "  looked for: ld.mold on PATH\n"
        "  fix: install it (apt install mold), or let --ld be auto"
    )
