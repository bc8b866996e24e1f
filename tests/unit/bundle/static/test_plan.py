"""How a program is linked to a static Python."""

from __future__ import annotations

import pytest

from ferrule.bundle.static.plan import EXPORTS, StaticWish, plan_link
from ferrule.errors.static_link import (
    ArchiveMachineError,
    MissingSymbolsError,
    StaticLibrariesError,
    UnknownBuiltinError,
)
from ferrule.target.triple import parse_triple
from tests.unit.bundle.static.conftest import MEMBERS, VARIABLES, code
from tests.unit.made_objects import BITCODE_14, R_X86_64_32S, Section, made_object

FIXED = made_object(
    [Section(".text", "ax", bytes(8), [(0, "Py_InitializeEx", R_X86_64_32S, 0)])],
    {"PyFixed": (1, 0)},
    ["Py_InitializeEx"],
)


@pytest.fixture
def plan(machine, rust, triple):
    """Give a function that plans the link of the small Python."""

    def call(archive=None, wish=None, **options):
        return plan_link(
            archive or machine.python(),
            options.pop("variables", VARIABLES),
            options.pop("target", triple),
            rust(**options),
            wish,
            sysroot=str(machine.folder),
        )

    return call


def words(found):
    return [flag.words[1].partition("=")[2] for flag in found.flags()]


def libraries(found):
    return {item.wanted.name: item.is_static for item in found.libraries.chosen}


def test_the_whole_command(plan, machine):
    found = plan()
    assert words(found) == [
        f"-Wl,--dynamic-list={EXPORTS}",
        "-Wl,-u,Py_Main",
        "-Wl,--start-group",
        str(found.archive),
        str(machine.libraries / "libz.a"),
        "-Wl,--end-group",
        "-Wl,--as-needed",
        "-lmpdec",
        "-lc",
    ]
    assert all(flag.reason for flag in found.flags())
    assert dict(found.ignored) == {
        "-Wl,-rpath,/nowhere/lib": "a path of the machine that Python was built on",
        "-lm": "nothing in the program uses it",
    }
    assert [item.word for item in found.libraries.missing] == ["-lexpat", "-ldl"]


def test_the_exports_are_pythons_own():
    assert EXPORTS.read_text().split() == ["{", "Py*;", "_Py*;", "};"]


def test_an_archive_that_needs_more_than_there_is_gives_way(plan, machine):
    machine.archive("z", {"a.o": code(["inflate", "deflate"], ["brotli"])})
    found = plan()
    assert libraries(found) == {"z": False, "mpdec": False}
    reasons = {item.wanted.name: item.reason for item in found.libraries.chosen}
    assert reasons["z"] == (
        "in MODLIBS; shared: its archive needs brotli, which no library here has"
    )


def test_static_libraries_are_a_choice(plan):
    assert libraries(plan(wish=StaticWish(static_libraries="never"))) == {
        "z": False,
        "mpdec": False,
    }
    with pytest.raises(StaticLibrariesError) as caught:
        plan(wish=StaticWish(static_libraries="require"))
    assert str(caught.value).startswith(
        "--static-libs require: not every library can be linked statically\n"
        "  -lmpdec: there is no archive of it\n"
        "  fix: install their static libraries (apt install libmpdec-dev), or choose "
        "--static-libs auto"
    )


def test_archives_that_do_not_fit_are_left(plan, machine):
    machine.archive("z", {"a.o": FIXED})
    reasons = {item.wanted.name: item.reason for item in plan().libraries.chosen}
    path = machine.libraries / "libz.a"
    assert reasons["z"] == f"in MODLIBS; {path} is not position-independent"
    machine.archive("z", {"b.o": BITCODE_14, "c.o": code(["inflate"])})
    reasons = {item.wanted.name: item.reason for item in plan().libraries.chosen}
    assert reasons["z"] == f"in MODLIBS; {path} has no machine code"
    path.write_text("not an archive")
    reasons = {item.wanted.name: item.reason for item in plan().libraries.chosen}
    assert reasons["z"] == f"in MODLIBS; {path} is no whole archive of objects"


def test_missing_libraries_are_told_as_modules(plan, machine):
    (machine.libraries / "libmpdec.so").unlink()
    with pytest.raises(MissingSymbolsError) as caught:
        plan()
    text = str(caught.value)
    assert text.startswith(
        f"{machine.folder}/python/libpython3.12.a needs libraries that are not on this "
        "machine\n  not found: -lmpdec, -lexpat, -ldl\n  looked in: "
    )
    assert (
        "  module _decimal uses mpd_qadd, mpd_qmul, which no library here has\n"
        "  fix: install what is missing: apt install libexpat1-dev libmpdec-dev; or "
        "leave the modules out: --builtins=-_decimal; or"
    ) in text
    assert "zlib" not in text


def test_a_library_that_is_too_old(plan, machine):
    machine.shared("mpdec", "mpd_qadd")
    with pytest.raises(MissingSymbolsError, match="module _decimal uses mpd_qmul,"):
        plan()


def test_symbols_of_python_itself(plan, machine):
    members = {**MEMBERS, "marshal.o": code(["PyMarshal_Init"], ["hacl_start"])}
    with pytest.raises(MissingSymbolsError, match="module marshal uses hacl_start"):
        plan(machine.python(members))


def test_modules_can_be_left_out(plan, machine):
    (machine.libraries / "libmpdec.so").unlink()
    found = plan(wish=StaticWish(builtins="-_decimal"))
    assert found.left_out == ("_decimal",)
    assert [item.name for item in found.builtins] == ["marshal", "sys", "zlib"]
    assert "PyInit_zlib" in found.table_source
    taken = {item.name for item in found.libraries.taken.members}
    assert "_decimal.o" not in taken
    assert "config.o" not in taken
    assert plan(wish=StaticWish(builtins="minimal")).left_out == ("zlib", "_decimal")


def test_the_table_of_python_stays_where_all_is_wanted(plan):
    assert plan().table_source == ""
    with pytest.raises(UnknownBuiltinError):
        plan(wish=StaticWish(builtins="nonsense"))


def test_objects_at_fixed_addresses(plan, machine):
    archive = machine.python({**MEMBERS, "fixed.o": FIXED})
    found = plan(archive)
    assert found.is_fixed
    first = found.flags()[0]
    assert first.words == ("-C", "relocation-model=static")
    assert first.reason.endswith("at a fixed address: fixed.o")


def test_debian_keeps_both_kinds(plan, machine):
    archive = machine.python({**MEMBERS, "fixed.o": FIXED})
    sibling = archive.with_name("libpython3.12-pic.a")
    plan_archive = machine.python()
    plan_archive.rename(sibling)
    machine.python({**MEMBERS, "fixed.o": FIXED})
    link = machine.folder / "libpython3.12.a"
    link.symlink_to(archive)
    found = plan(link)
    assert (found.archive, found.is_fixed) == (sibling, False)


def test_intermediate_code_cannot_be_foretold(plan, machine):
    archive = machine.python({"config.o": BITCODE_14, "b.o": BITCODE_14})
    found = plan(archive)
    assert found.libraries.taken is None
    assert libraries(found)["z"] is True
    assert found.linking.name == "rust-lld"
    with pytest.raises(UnknownBuiltinError, match="unknown: the archive has no table"):
        plan(archive, StaticWish(builtins="minimal"))


def test_without_a_c_library_nothing_is_foretold(plan, machine):
    (machine.libraries / "libc.so").unlink()
    (machine.libraries / "libmpdec.so").unlink()
    found = plan()
    assert found.libraries.taken is None
    assert libraries(found) == {"z": True, "m": False}


def test_another_processor(plan):
    with pytest.raises(ArchiveMachineError) as caught:
        plan(target=parse_triple("aarch64-unknown-linux-gnu"))
    assert "libpython3.12.a is not for aarch64-unknown-linux-gnu\n" in str(caught.value)
    assert "its objects are for x86-64\n" in str(caught.value)
