from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrule import log
from ferrule.errors.implib import DefinitionError, NoExportsError
from ferrule.implib.definition import parse_definition
from ferrule.implib.symbol import ImportSymbol


def parse(text, **options):
    return parse_definition(text, "x.def", **options)


def test_everything_that_an_export_may_have():
    found = parse(
        """
        ; a comment
        LIBRARY "my lib.dll" BASE=0x10000000
        DESCRIPTION 'EXPORTS in quotes'  ; another
        STACKSIZE 4096, 4096
        EXPORTS
            plain
            inner = real_inner
            number @ 3
            nameless @4 NONAME
            variable DATA
            constant CONSTANT
            hidden PRIVATE
            other == exported
            "quoted name" @7
            DllMain@12
        """
    )
    assert found.dll == "my lib.dll"
    assert found.symbols == (
        ImportSymbol("DllMain@12", "code", 0),
        ImportSymbol("constant", "const", 1),
        ImportSymbol("exported", "code", 2, link_as="other"),
        ImportSymbol("inner", "code", 4),
        ImportSymbol("nameless", "code", 0, ordinal=4, is_nameless=True),
        ImportSymbol("number", "code", 5, ordinal=3),
        ImportSymbol("plain", "code", 6),
        ImportSymbol("quoted name", "code", 7, ordinal=7),
        ImportSymbol("variable", "data", 8),
    )


@pytest.mark.parametrize(
    ("line", "dll"),
    [
        ("LIBRARY python313", "python313.dll"),
        ("LIBRARY libpypy3.11-c", "libpypy3.11-c.dll"),
        ("LIBRARY winspool.drv", "winspool.drv"),
        ("LIBRARY", ""),
        ("LIBRARY BASE=0x1", ""),
        ("LIBRARY no-ending.", "no-ending."),
        ("NAME program", "program.exe"),
        ("", ""),
    ],
)
def test_the_dll_gets_its_ending(line, dll):
    assert parse(f"{line}\nEXPORTS f").dll == dll


def test_several_statements_may_follow_each_other():
    found = parse("EXPORTS a\nSECTIONS .text EXECUTE READ\nEXPORTS\nb\nVERSION 1.2")
    assert [item.name for item in found.symbols] == ["a", "b"]


def test_kill_at_takes_the_size_from_the_dlls_names():
    found = parse("EXPORTS\nstd@8\n@fast@4\nplain\n", kill_at=True)
    assert [(item.name, item.link_as) for item in found.symbols] == [
        ("fast", "@fast@4"),
        ("plain", ""),
        ("std", "std@8"),
    ]


def test_underscores_are_cs_own_where_names_are_mingws():
    # mingw-w64's kernel32.def: the function is `_hread`.
    found = parse("EXPORTS\nBeep@8\n_hread@12\n_plain\n@_fast@8\n")
    marked = [item.name for item in found.symbols if item.is_plain]
    assert marked == ["_hread@12"]
    # Without a name such as `Beep@8`, they are MSVC's for `hread`.
    found = parse("EXPORTS\n_hread@12\n_plain\n?f@@YAXXZ\n@_fast@8\nvector@@16\n")
    assert not any(item.is_plain for item in found.symbols)


def test_kill_at_is_for_names_of_mingw():
    found = parse("EXPORTS\n_hread@12\nvector@@16\n", kill_at=True).symbols
    assert [(item.name, item.link_as, item.is_plain) for item in found] == [
        ("_hread", "_hread@12", True),
        ("vector", "vector@@16", False),
    ]


def test_statements_of_16_bits_are_passed_over():
    found = parse(
        """
        LIBRARY old INITINSTANCE
        EXETYPE WINDOWS
        CODE PRELOAD MOVEABLE DISCARDABLE
        DATA PRELOAD SINGLE
        HEAPSIZE 1024
        EXPORTS
            CODE
            OLD @2
        """
    )
    assert found.dll == "old.dll"
    assert [item.name for item in found.symbols] == ["CODE", "OLD"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "exports\nf",
            r'x.def:1: "exports" is no statement \(did you mean "EXPORTS"\?\)',
        ),
        (
            "EXPORT\nf",
            r'x.def:1: "EXPORT" is no statement \(did you mean "EXPORTS"\?\)',
        ),
        ("\nf @1", 'x.def:2: "f" is no statement'),
        ("EXPORTS\nf @0", 'x.def:2: the ordinal "0" is no number from 1 to 65535'),
        ("EXPORTS\nf @99999", 'x.def:2: the ordinal "99999" is no number'),
        ("EXPORTS\nf @ g", 'x.def:2: the ordinal "g" is no number'),
        ("EXPORTS\nf NONAME", "x.def:2: f is NONAME, but has no ordinal"),
        ('EXPORTS\n\n"f', "x.def:3: a quotation mark has no partner"),
        ('EXPORTS\n""', "x.def:2: a name is empty"),
        ("EXPORTS\nf =", "x.def:2: the internal name is missing"),
        ("EXPORTS\nf == =", "x.def:2: the imported name is missing"),
        ("EXPORTS\nf @", "x.def:2: the number after @ is missing"),
        ("EXPORTS\nDATA", "x.def:2: DATA stands where a name is expected"),
        ("EXPORTS\n@5", "x.def:2: @5 stands where a name is expected"),
        ("EXPORTS\n= f", "x.def:2: the name of a symbol is missing"),
        (
            "EXPORTS\na\nb\na DATA",
            "x.def:4: the name a is exported twice, first in line 2",
        ),
        ("EXPORTS\na @1\nb @1", "x.def:3: the number @1 is exported twice"),
        ("LIBRARY x BASE\nEXPORTS f", "x.def:1: BASE has no value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, message):
    with pytest.raises(DefinitionError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["", "LIBRARY x", "EXPORTS", "; only a comment"])
def test_a_file_without_exports_is_refused(text):
    with pytest.raises(NoExportsError, match="exports nothing that could be imported"):
        parse(text)


@given(
    st.lists(
        st.sampled_from(
            [
                *("EXPORTS", "LIBRARY", "DATA", "NONAME", "=", "==", "@", "@3", "f"),
                *("g", '"', '"h"', "'", ";", "\n", ",", "BASE", "SECTIONS", "\x00"),
            ]
        )
    )
)
def test_nothing_but_designed_errors_comes_of_any_text(words):
    with suppress(DefinitionError, NoExportsError):
        assert parse(" ".join(words)).symbols is not None


def test_llvms_word_for_another_name():
    found = parse("LIBRARY x\nEXPORTS\n a EXPORTAS b\n c = d EXPORTAS e DATA\n")
    assert found.symbols == (
        ImportSymbol("b", "code", 0, link_as="a"),
        ImportSymbol("e", "data", 1, link_as="c"),
    )


def test_a_line_that_says_the_same_again_is_told_and_left_out():
    heard: list[str] = []
    with log.also_to(heard):
        found = parse("LIBRARY x\nEXPORTS\n a @1\n b\n a @1\n")
    assert [item.name for item in found.symbols] == ["a", "b"]
    assert heard == ["x.def:5: a is exported already in line 3"]


@pytest.mark.parametrize("text", ["a\x00b", "a\x01", '"a\x7f"'])
def test_characters_that_no_name_has_are_refused(text):
    with pytest.raises(DefinitionError, match=r"x\.def:3: '.*' has a character that"):
        parse(f"LIBRARY x\nEXPORTS\n {text}\n")


def test_the_end_that_dos_writes_is_no_symbol():
    found = parse("LIBRARY x\rEXPORTS\r a\f\r\x1a")
    assert [item.name for item in found.symbols] == ["a"]


def test_names_keep_what_only_python_calls_space():
    found = parse("LIBRARY x\nEXPORTS\n a\xa0\n b\u2028c\n")
    assert [item.name for item in found.symbols] == ["a\xa0", "b\u2028c"]
