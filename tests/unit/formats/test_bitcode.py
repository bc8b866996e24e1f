"""LLVM bitcode: who wrote it."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ferrule.formats.bitcode import is_bitcode, llvm_major, read_producer
from tests.unit.made_objects import BITCODE_14


def test_the_producer_is_read():
    assert is_bitcode(BITCODE_14)
    assert read_producer(BITCODE_14) == "LLVM14.0.6"


def test_apple_puts_a_header_before_it():
    head = b"\xde\xc0\x17\x0b" + bytes(4) + (20).to_bytes(4, "little") + bytes(8)
    assert is_bitcode(head)
    assert read_producer(head + BITCODE_14) == "LLVM14.0.6"


@pytest.mark.parametrize(
    ("producer", "major"),
    [("LLVM14.0.6", 14), ("LLVM22.1.2-rust-1.95.0-stable", 22), ("APPLE_1_1500", 0)],
)
def test_the_major_release(producer, major):
    assert llvm_major(producer) == major


@settings(deadline=None, database=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read(rest):
    assert isinstance(read_producer(b"BC\xc0\xde" + rest), str)


@settings(deadline=None, database=None)
@given(st.integers(4, 47), st.integers(0, 255))
def test_damage_gives_no_more_than_another_text(place, value):
    damaged = bytearray(BITCODE_14)
    damaged[place] = value
    assert isinstance(read_producer(bytes(damaged)), str)


def test_what_is_no_bitcode():
    assert not is_bitcode(b"\x7fELF")
    assert read_producer(b"\x7fELF") == ""


def test_rustc_names_itself(tmp_path):
    if shutil.which("rustc") is None:
        pytest.skip("rustc is not installed")
    source = tmp_path / "a.rs"
    source.write_text("#![no_std]")
    made = tmp_path / "a.bc"
    words = ["rustc", "--crate-type=lib", "--emit=llvm-bc", "-o", made, source]
    subprocess.run(words, check=True, cwd=tmp_path)
    producer = read_producer(made.read_bytes())
    version = subprocess.run(
        ["rustc", "-vV"], check=True, capture_output=True, text=True
    ).stdout
    assert f"LLVM version: {llvm_major(producer)}." in version
