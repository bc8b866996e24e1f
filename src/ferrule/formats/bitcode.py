"""LLVM bitcode: recognising it, and reading which compiler wrote it.

Only the identification block is read, which LLVM 3.8 and newer put first.
Source: LLVM's "Bitcode File Format", sections on the bitstream and on the
identification block.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_bitcode", "llvm_major", "read_producer"]

_MAGIC: Final = b"BC\xc0\xde"
_WRAPPER: Final = b"\xde\xc0\x17\x0b"
"""Apple's tools put a header of five numbers before the bitcode."""
_IDENTIFICATION_BLOCK: Final = 13
_STRING: Final = 1
_READ: Final = 4096
"""So many bytes are looked at: the block has some forty."""
_CHAR6: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"
_END, _ENTER, _DEFINE, _UNABBREVIATED = 0, 1, 2, 3
_FIXED, _VBR, _ARRAY, _CHARACTER, _BLOB = 1, 2, 3, 4, 5


class _DamagedError(Exception):
    """The bits are no identification block."""


class _Bits:
    """A reader of little-endian bit fields."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._size = 8 * len(data)
        self._place = 0

    def fixed(self, width: int) -> int:
        if width > 64 or self._place + width > self._size:
            raise _DamagedError
        value = self._number >> self._place & (1 << width) - 1
        self._place += width
        return value

    def variable(self, width: int) -> int:
        if not 2 <= width <= 32:
            raise _DamagedError
        high, value, shift = 1 << (width - 1), 0, 0
        while True:
            part = self.fixed(width)
            value |= (part & (high - 1)) << shift
            shift += width - 1
            if not part & high:
                return value

    def align(self) -> None:
        self._place = (self._place + 31) // 32 * 32


def is_bitcode(start: bytes) -> bool:
    """Return whether a file that begins with `start` claims to be bitcode."""
    return start[:4] in (_MAGIC, _WRAPPER)


def read_producer(data: bytes | memoryview) -> str:
    """Return which compiler wrote bitcode: `LLVM14.0.6`, `APPLE_1_1500...`.

    Returns an empty text where it does not say, or is damaged.
    """
    start = bytes(data[: _READ + 20])
    if start[:4] == _WRAPPER:
        offset = int.from_bytes(start[8:12], "little")
        start = bytes(data[offset : offset + _READ])
    if start[:4] != _MAGIC:
        return ""
    try:
        return _read_identification(_Bits(start[4:_READ]))
    except _DamagedError:
        return ""


def llvm_major(producer: str) -> int:
    """Return the major version of LLVM's own releases; 0 for other producers.

    >>> llvm_major("LLVM22.1.2-rust-1.95.0-stable")
    22
    """
    match = re.match(r"LLVM(\d{1,4})\.", producer)
    return int(match[1]) if match else 0


def _read_identification(bits: _Bits) -> str:
    if bits.fixed(2) != _ENTER or bits.variable(8) != _IDENTIFICATION_BLOCK:
        return ""
    width = bits.variable(4)
    bits.align()
    bits.fixed(32)
    abbreviations: list[list[tuple[int, int]]] = []
    while True:
        kind = bits.fixed(width)
        if kind in (_END, _ENTER):
            return ""
        if kind == _DEFINE:
            abbreviations.append(_read_abbreviation(bits))
            continue
        if kind == _UNABBREVIATED:
            code, count = bits.variable(6), bits.variable(6)
            values = [bits.variable(6) for _ in range(min(count, _READ))]
        elif kind - 4 < len(abbreviations):
            code, *values = _read_record(bits, abbreviations[kind - 4]) or [0]
        else:
            raise _DamagedError
        if code == _STRING:
            return "".join(chr(value) for value in values if 32 <= value < 127)


def _read_abbreviation(bits: _Bits) -> list[tuple[int, int]]:
    """Return the operands: encoding and width, or 0 and a literal's value."""
    operands = []
    for _ in range(bits.variable(5)):
        if bits.fixed(1):
            operands.append((0, bits.variable(8)))
            continue
        encoding = bits.fixed(3)
        has_width = encoding in (_FIXED, _VBR)
        operands.append((encoding, bits.variable(5) if has_width else 0))
        if len(operands) > _READ:
            raise _DamagedError
    return operands


def _read_record(bits: _Bits, operands: list[tuple[int, int]]) -> list[int]:
    values: list[int] = []
    position = 0
    while position < len(operands):
        operand = operands[position]
        if operand[0] == _ARRAY:
            if position + 2 != len(operands):
                raise _DamagedError
            count = bits.variable(6)
            if count > 8 * _READ:
                raise _DamagedError
            values += [_read_value(bits, operands[-1]) for _ in range(count)]
            return values
        values.append(_read_value(bits, operand))
        position += 1
    return values


def _read_value(bits: _Bits, operand: tuple[int, int]) -> int:
    encoding, value = operand
    if encoding == 0:
        return value
    if encoding == _FIXED:
        return bits.fixed(value)
    if encoding == _VBR:
        return bits.variable(value) if value else 0
    if encoding == _CHARACTER:
        return ord(_CHAR6[bits.fixed(6)])
    raise _DamagedError
