"""Fat Mach-O files: written, read again, and as Apple's tool lays them out."""

from __future__ import annotations

import random
import struct

import pytest

from ferrule.errors.formats import BrokenMachOError
from ferrule.formats.macho import read_macho
from ferrule.formats.macho_fat import join_slices, split_slices

X86_64, ARM64, ARM64E = (0x01000007, 3), (0x0100000C, 0), (0x0100000C, 2)
I386 = (7, 3)


def thin(machine: tuple[int, int], size: int = 100, fill: bytes = b"x") -> bytes:
    magic = 0xFEEDFACE if machine == I386 else 0xFEEDFACF
    length = 28 if machine == I386 else 32
    head = struct.pack("<7I", magic, *machine, 6, 0, 0, 0).ljust(length, b"\0")
    return head + fill * size


def table(content: bytes) -> list[tuple[int, ...]]:
    magic, count = struct.unpack_from(">2I", content)
    assert magic == 0xCAFEBABE
    return [struct.unpack_from(">5I", content, 8 + 20 * i) for i in range(count)]


def test_two_processors_are_laid_out_as_lipo_does() -> None:
    intel, apple = thin(X86_64, 5000), thin(ARM64, 70)
    joined = join_slices([apple, intel])
    assert table(joined) == [
        (*X86_64, 4096, len(intel), 12),
        (*ARM64, 16384, len(apple), 14),
    ]
    assert joined[4096 : 4096 + len(intel)] == intel
    assert joined[16384:] == apple
    assert not any(joined[48:4096])
    assert not any(joined[4096 + len(intel) : 16384])


def test_the_order_of_files_does_not_matter() -> None:
    parts = [thin(ARM64), thin(X86_64), thin(I386), thin(ARM64E)]
    first = join_slices(parts)
    assert first == join_slices(parts[::-1])
    assert read_macho(first).is_fat
    assert [part.arch for part in read_macho(first).slices] == [
        *("i386", "x86_64", "arm64", "arm64e"),
    ]


def test_fat_files_are_taken_apart_and_joined() -> None:
    fat = join_slices([thin(X86_64), thin(I386)])
    joined = join_slices([thin(ARM64), fat])
    assert set(split_slices(joined)) == {X86_64, I386, ARM64}
    assert join_slices([joined]) == joined
    assert split_slices(thin(ARM64)) == {ARM64: thin(ARM64)}


def test_random_slices_survive() -> None:
    rng = random.Random(7)
    for _ in range(60):
        machines = rng.sample([X86_64, ARM64, ARM64E, I386], rng.randint(1, 4))
        parts = {
            machine: thin(machine, rng.randint(0, 70_000), bytes([rng.randrange(256)]))
            for machine in machines
        }
        joined = join_slices(list(parts.values()))
        assert split_slices(joined) == parts
        places = [(row[2], row[2] + row[3], row[4]) for row in table(joined)]
        assert all(start % (1 << align) == 0 for start, _, align in places)
        assert all(a[1] <= b[0] for a, b in zip(places, places[1:]))
        assert places[-1][1] == len(joined)


def test_two_slices_for_one_processor(tmp_path) -> None:
    path = tmp_path / "libx.dylib"
    path.write_bytes(thin(ARM64))
    with pytest.raises(BrokenMachOError) as caught:
        join_slices([thin(ARM64, 3), path])
    assert "libx.dylib cannot be read as a Mach-O file" in str(caught.value)
    assert "another file is for the same processor already" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\x7fELF" + bytes(60), thin(ARM64)[:20]])
def test_what_is_no_mach_o(content) -> None:
    with pytest.raises(BrokenMachOError):
        join_slices([thin(X86_64), content])


def test_random_damage_gives_designed_errors() -> None:
    rng = random.Random(11)
    whole = join_slices([thin(ARM64, 300), thin(X86_64, 300)])
    for _ in range(300):
        broken = bytearray(whole[: rng.randint(0, len(whole))])
        for _ in range(rng.randint(0, 4)):
            if broken:
                broken[rng.randrange(min(len(broken), 64))] = rng.randrange(256)
        try:
            join_slices([bytes(broken)])
        except BrokenMachOError:
            continue
