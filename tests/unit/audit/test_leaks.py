"""Paths of build machines inside of wheels."""

from __future__ import annotations

import pytest

from ferrule.audit.leaks import check_leaks, find_leaks
from ferrule.audit.rules import RULES
from ferrule.wheel.reading import open_wheel
from tests.unit.made_wheels import wheel_bytes

CRATE = "registry/src/registry.example-1949cf8c6b5b557f/pyo3-0.30.1/src/err.rs"
ELF = b"\x7fELF" + bytes(60)


def in_binary(*texts):
    found = find_leaks(ELF + "\0".join(texts).encode() + b"\0", is_binary=True)
    return {name: leak.samples for name, leak in found.items()}


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (f"/root/.cargo/{CRATE}", "/root"),
        (f"/github/home/.cargo/{CRATE}", "/github/home/.cargo"),
        (f"/opt/my-cargo/{CRATE}", "/opt/my-cargo"),
        ("/home/ann/p/src/lib.rs", "/home/ann"),
        ("/home/ann/.rustup/toolchains/x", "/home/ann"),
        ("/Users/ann/work/a.c", "/Users/ann"),
        ("/ci/x/target/release/build/a-0123456789abcdef/out/a.rs", "/ci/x"),
    ],
)
def test_paths_in_binaries(text, folder):
    found = in_binary(text)
    assert list(found) == [folder]
    assert found[folder] == [text]


@pytest.mark.parametrize(
    "text",
    [
        f"/cargo/{CRATE}",
        "/project/src/lib.rs",
        "/target/release/build/a-0123456789abcdef/out/a.rs",
        "/rustc/59807616e1fa/library/core/src/panic.rs",
        "/home/user/file.c",
        "see /home/ for more",
        "/home/ann/Documents",
        "/usr/include/stdio.h",
        "src/lib.rs",
        "https://example.org/Users/list",
    ],
)
def test_what_is_no_leak(text):
    assert in_binary(text) == {}


def test_strings_that_stand_side_by_side():
    first = f"one{'/root-x/.cargo/'}{CRATE}"
    found = in_binary(
        f"called None/opt/c/{CRATE}", f"lib.rs/opt/c/{CRATE}", f"\n/opt/c/{CRATE}"
    )
    assert found == {"/opt/c": [f"/opt/c/{CRATE}"]}
    assert list(in_binary(first)) == ["/root-x/.cargo"]


def test_windows():
    path = rf"C:\Users\ann\.cargo\{CRATE}".replace("/", "\\")
    found = find_leaks(b"MZ" + path.encode() + b"\0", is_binary=True)
    assert list(found) == ["C:\\Users\\ann"]
    # No such path is in a file of another system.
    assert in_binary(path) == {}


def test_many_are_counted():
    found = find_leaks(ELF + b"/home/ann/a/b.rs\0" * 700, is_binary=True)
    assert found["/home/ann"].count == 700
    assert found["/home/ann"].samples == ["/home/ann/a/b.rs"]


def test_text_names_home_folders_only():
    text = b"cache = '/home/ann/build/x/y.json'\nlib = '/opt/c/registry/src/i/a.rs'\n"
    assert list(find_leaks(text, is_binary=False)) == ["/home/ann"]
    assert find_leaks(b"put it into /home/ann/x", is_binary=False) == {}
    assert find_leaks(b"/home/user/a/b/c.json", is_binary=False) == {}


def test_findings(tmp_path):
    path = tmp_path / "a-1.0-py3-none-any.whl"
    files = {
        "a/b.so": ELF + b"/home/ann/p/src/lib.rs\0",
        "a/c.so": ELF + f"/root/.cargo/{CRATE}\0/home/runner/work/x.rs\0".encode(),
        "a/d.json": b'{"file": "/home/ann/p/q/r.toml"}',
        "a/e.py": b"x = 1\n",
        "a/f.py": b"# from /home/ann/p/q/r.toml\n",
    }
    path.write_bytes(wheel_bytes(files))
    with open_wheel(path) as wheel:
        findings = {item.path: item for item in check_leaks(wheel)}
    assert {name: item.severity for name, item in findings.items()} == {
        "a/b.so": "warning",
        "a/c.so": "note",
        "a/d.json": "warning",
        "a/f.py": "note",
    }
    assert all(item.rule in RULES for item in findings.values())
    assert findings["a/b.so"].details == ("/home/ann/p/src/lib.rs",)
    assert "/home/ann (1 times)" in findings["a/b.so"].what
    assert "--reproducible" in findings["a/b.so"].fix
    assert "--reproducible" not in findings["a/d.json"].fix
