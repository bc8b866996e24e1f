from __future__ import annotations

import pytest

from ferrule.errors.implib import UnknownMachineError
from ferrule.implib.machine import machine_of_number, parse_machine


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x86_64", "x86_64"),
        ("AMD64", "x86_64"),
        ("i386:x86-64", "x86_64"),
        ("x86_64-pc-windows-gnullvm", "x86_64"),
        ("i686-pc-windows-msvc", "i686"),
        ("i686-win7-windows-gnu", "i686"),
        ("arm64", "aarch64"),
        ("aarch64-pc-windows-msvc", "aarch64"),
    ],
)
def test_architectures_and_triples_are_known(text, name):
    assert parse_machine(text).name == name


@pytest.mark.parametrize("text", ["x86_64-unknown-linux-gnu", "arm64ec", "sparc", ""])
def test_others_are_refused(text):
    with pytest.raises(UnknownMachineError, match=f'"{text}" is asked for'):
        parse_machine(text)


def test_a_near_miss_is_guessed():
    with pytest.raises(UnknownMachineError, match=r'did you mean "x86_64"\?'):
        parse_machine("x86_46")


def test_a_file_of_another_processor_is_named():
    with pytest.raises(UnknownMachineError, match=r"old\.dll is for 0x1c4"):
        machine_of_number(0x1C4, "old.dll")
