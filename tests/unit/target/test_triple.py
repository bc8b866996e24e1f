from __future__ import annotations

import pytest

from ferrule.errors.configuration import UnknownTripleError
from ferrule.target.triple import guess_host, parse_triple


@pytest.mark.parametrize(
    ("text", "parts", "cargo_os", "width"),
    [
        (
            "x86_64-unknown-linux-gnu",
            ("x86_64", "unknown", "linux", "gnu"),
            "linux",
            64,
        ),
        ("aarch64-apple-darwin", ("aarch64", "apple", "darwin", ""), "macos", 64),
        ("aarch64-apple-ios-sim", ("aarch64", "apple", "ios", "sim"), "ios", 64),
        (
            "aarch64-linux-android",
            ("aarch64", "unknown", "linux", "android"),
            "android",
            64,
        ),
        (
            "armv7-linux-androideabi",
            ("armv7", "unknown", "linux", "androideabi"),
            "android",
            32,
        ),
        ("i686-pc-windows-msvc", ("i686", "pc", "windows", "msvc"), "windows", 32),
        (
            "x86_64-win7-windows-msvc",
            ("x86_64", "win7", "windows", "msvc"),
            "windows",
            64,
        ),
        ("wasm32-wasip1", ("wasm32", "unknown", "wasip1", ""), "wasi", 32),
        (
            "wasm32-unknown-emscripten",
            ("wasm32", "unknown", "emscripten", ""),
            "emscripten",
            32,
        ),
        (
            "x86_64-unknown-linux-gnux32",
            ("x86_64", "unknown", "linux", "gnux32"),
            "linux",
            32,
        ),
        (
            "mipsel-unknown-linux-gnu",
            ("mipsel", "unknown", "linux", "gnu"),
            "linux",
            32,
        ),
        ("powerpc64-ibm-aix", ("powerpc64", "ibm", "aix", ""), "aix", 64),
        ("x86_64-unknown-freebsd", ("x86_64", "unknown", "freebsd", ""), "freebsd", 64),
    ],
)
def test_parts(text, parts, cargo_os, width):
    triple = parse_triple(text)
    found = (triple.architecture, triple.vendor, triple.system, triple.environment)
    assert found == parts
    assert triple.cargo_os == cargo_os
    assert triple.pointer_width == width
    assert str(triple) == text


@pytest.mark.parametrize("text", ["", "temple", "-linux-gnu"])
def test_other_texts(text):
    with pytest.raises(UnknownTripleError) as caught:
        parse_triple(text)
    assert str(caught.value) == (
        f'"{text}" is not a Rust target triple that ferrule knows\n'
        "  a triple looks like x86_64-unknown-linux-gnu\n"
        "  fix: choose one of the lines of `rustc --print target-list`"
    )


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("Linux", "x86_64", "x86_64-unknown-linux-gnu"),
        ("Linux", "aarch64", "aarch64-unknown-linux-gnu"),
        ("Darwin", "arm64", "aarch64-apple-darwin"),
        ("Windows", "AMD64", "x86_64-pc-windows-msvc"),
        ("FreeBSD", "amd64", "x86_64-unknown-freebsd"),
        ("CYGWIN_NT-10.0", "x86_64", "x86_64-pc-cygwin"),
    ],
)
def test_host(monkeypatch, system, machine, expected):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("sys.maxsize", 2**63 - 1)
    monkeypatch.setattr("sys.implementation", object())
    assert str(guess_host()) == expected


def test_host_of_the_environment():
    triple = guess_host({"FERRULE_HOST": "aarch64-unknown-linux-musl"})
    assert triple.is_musl
