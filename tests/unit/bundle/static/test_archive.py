"""What a libpython.a holds, read before anything is linked to it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ferrule.bundle.static.archive import examine_archive
from ferrule.errors import FerruleError
from ferrule.errors.formats import BrokenArchiveError, BrokenElfError
from ferrule.errors.static_link import ThinMemberError
from tests.unit.damage import damaged_copies
from tests.unit.made_objects import (
    BITCODE_14,
    R_X86_64_32S,
    R_X86_64_64,
    R_X86_64_PC32,
    Section,
    lto_section,
    made_archive,
    made_object,
)


def text(kind, flags="ax", name=".text"):
    return Section(name, flags, bytes(16), [(0, "data", kind, 0)])


PIC = made_object([text(R_X86_64_PC32)], wanted=["data"])
FIXED = made_object([text(R_X86_64_32S)], wanted=["data"])


@pytest.fixture
def examined(tmp_path):
    """Give a function that examines an archive of these members."""

    def call(*contents, **options):
        path = tmp_path / "libpython3.12.a"
        names = [f"member{number}.o" for number in range(len(contents))]
        path.write_bytes(made_archive(list(zip(names, contents)), **options))
        return examine_archive(path)

    return call


def test_machine_code(examined):
    facts = examined(PIC)
    assert facts.codes == {"machine"}
    assert facts.machines == (62,)
    assert facts.fixed == ()
    assert facts.summary() == "1 members, 1 of machine code; position-independent"


def test_absolute_addresses_need_a_fixed_place(examined):
    facts = examined(PIC, FIXED)
    assert facts.fixed == ("member1.o",)
    assert facts.summary().endswith("not position-independent")


@pytest.mark.parametrize(
    ("kind", "flags", "name", "is_fixed"),
    [
        (R_X86_64_64, "wa", ".data.rel", False),
        (R_X86_64_64, "a", ".rodata", True),
        (R_X86_64_32S, "wa", ".data", True),
        (R_X86_64_32S, "", ".debug_info", False),
        (R_X86_64_64, "", ".debug_info", False),
    ],
    ids=["pointer", "constant pointer", "half pointer", "debug 32", "debug 64"],
)
def test_only_what_is_loaded_counts(examined, kind, flags, name, is_fixed):
    facts = examined(made_object([text(kind, flags, name)], wanted=["data"]))
    assert bool(facts.fixed) is is_fixed


@pytest.mark.parametrize(
    ("machine", "bits", "order", "kind", "is_fixed"),
    [
        (3, 32, "<", 1, True),
        (3, 32, "<", 9, False),
        (183, 64, "<", 275, False),
        (183, 64, "<", 264, True),
        (22, 64, ">", 19, False),
        (22, 64, ">", 4, True),
        (40, 32, "<", 43, True),
        (243, 64, "<", 26, True),
        (8, 64, ">", 2, False),
    ],
)
def test_each_processor_has_its_own_relocations(
    examined, machine, bits, order, kind, is_fixed
):
    content = made_object(
        [text(kind)], wanted=["data"], machine=machine, bits=bits, order=order
    )
    facts = examined(content)
    assert bool(facts.fixed) is is_fixed
    assert facts.machines == (machine,)


@pytest.mark.parametrize(("slim", "code"), [(1, "gcc-slim"), (0, "gcc-fat")])
def test_code_of_gcc(examined, slim, code):
    sections = [text(R_X86_64_PC32), lto_section(11, 3, slim=slim)]
    facts = examined(PIC, made_object(sections, wanted=["data"]))
    assert facts.members[1].code == code
    assert facts.members[1].lto == (11, 3)
    assert facts.lto_majors == (11,)
    assert facts.codes == {"machine", code}


def test_fat_objects_may_be_fixed_too(examined):
    sections = [text(R_X86_64_32S), lto_section(12, 0, slim=0)]
    assert examined(made_object(sections, wanted=["data"])).fixed == ("member0.o",)


@pytest.mark.parametrize("is_slim", [True, False])
def test_code_of_gcc_before_10_is_told_by_a_symbol(examined, is_slim):
    symbols = {"__gnu_lto_slim": (1, 0)} if is_slim else {}
    sections = [Section(".gnu.lto_.decls.1", content=b"1234")]
    member = examined(made_object(sections, symbols)).members[0]
    assert member.code == ("gcc-slim" if is_slim else "gcc-fat")
    assert member.lto == (0, 0)


def test_code_of_llvm(examined):
    facts = examined(BITCODE_14)
    assert facts.members[0].code == "llvm"
    assert facts.producers == ("LLVM14.0.6",)
    assert facts.machines == ()


def test_what_is_no_object(examined):
    facts = examined(b"a text", b"\xcf\xfa\xed\xfe" + bytes(60))
    assert [item.code for item in facts.members] == ["other", "machine"]


def test_a_program_is_no_member(examined):
    content = bytearray(PIC)
    content[16] = 2
    with pytest.raises(BrokenElfError, match="no object"):
        examined(bytes(content))


def test_thin_archives_are_followed(tmp_path, examined):
    (tmp_path / "member0.o").write_bytes(FIXED)
    facts = examined(FIXED, thin=True)
    assert facts.is_thin
    assert facts.fixed == ("member0.o",)


def test_thin_archives_without_their_objects(tmp_path, examined):
    with pytest.raises(ThinMemberError) as caught:
        examined(PIC, thin=True)
    assert str(caught.value).startswith(
        f"{tmp_path / 'libpython3.12.a'} is a thin archive whose objects are not "
        "there\n"
        f"  missing: {tmp_path / 'member0.o'}\n"
        "  fix: install Python with its whole libpython.a"
    )


def test_what_is_no_archive(tmp_path):
    path = tmp_path / "libpython3.12.a"
    path.write_text("INPUT(libpython3.12.so)")
    with pytest.raises(BrokenArchiveError, match="signature of archives"):
        examine_archive(path)


WHOLE = made_archive(
    [
        ("a.o", FIXED),
        ("b.o", made_object([lto_section(11, 3, slim=1)], {"x": (1, 0)})),
        ("c.o", BITCODE_14),
        ("with_a_long_name.o", PIC),
    ]
)


def test_damage_gives_designed_errors(tmp_path):
    path = tmp_path / "damaged.a"
    for number, damaged in enumerate(damaged_copies(WHOLE, 400)):
        # Every second copy ends early too.
        size = number * 7919 % len(WHOLE) if number % 2 else len(WHOLE)
        path.write_bytes(damaged[:size] or b"!")
        with suppress(FerruleError):
            examine_archive(path)
