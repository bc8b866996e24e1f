"""The checksum in Rust is that of zlib, with and without special instructions."""

from __future__ import annotations

import random
import subprocess
import zlib

import pytest

from ferrule.bundle.rust_sources import read_source

pytestmark = pytest.mark.build

MAIN = """
#![allow(dead_code)]
use core::ptr;
{sources}
fn main() {{
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    for line in std::io::stdin().lines() {{
        let line = line.unwrap();
        let mut numbers = line.split(' ').map(|word| word.parse::<usize>().unwrap());
        let mut next = || numbers.next().unwrap();
        let (start, middle, end) = (next(), next(), next());
        unsafe {{
            let first = bytes.as_ptr().add(start);
            let half = checksum(0, first, middle - start);
            let both = checksum(half, bytes.as_ptr().add(middle), end - middle);
            let plain = !checksum_by_tables(!0, first, end - start);
            println!("{{both}} {{plain}}");
        }}
    }}
}}
"""


def test_every_length_and_every_piece(tmp_path):
    source, program = tmp_path / "main.rs", tmp_path / "main"
    sources = read_source("digest") + read_source("checksum")
    source.write_text(MAIN.format(sources=sources))
    words = ["rustc", "--edition", "2021", "-Copt-level=1", "-o", program, source]
    subprocess.run(words, check=True, capture_output=True, text=True)
    chance = random.Random(32)
    content = chance.randbytes(5000)
    (tmp_path / "content").write_bytes(content)
    places = [(start, start, start + size) for start in (0, 1) for size in range(300)]
    places += [
        tuple(sorted(chance.randrange(len(content) + 1) for _ in range(3)))
        for _ in range(300)
    ]
    asked = "\n".join(" ".join(map(str, place)) for place in places)
    done = subprocess.run(
        [program, tmp_path / "content"],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = [zlib.crc32(content[start:end]) for start, _, end in places]
    assert done.stdout.splitlines() == [f"{value} {value}" for value in wanted]
