from __future__ import annotations

import pytest

from ferrule.cargo.cfg import holds

LINUX, MUSL = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-musl"
MAC, WINDOWS = "aarch64-apple-darwin", "x86_64-pc-windows-msvc"
ARM = "armv7-unknown-linux-gnueabihf"


@pytest.mark.parametrize(
    ("expression", "true", "false"),
    [
        ("cfg(unix)", (LINUX, MAC, ARM), (WINDOWS,)),
        ("cfg(windows)", (WINDOWS,), (LINUX, MAC)),
        ('cfg(target_os = "macos")', (MAC,), (LINUX, WINDOWS)),
        ('cfg(target_arch="x86_64")', (LINUX, WINDOWS), (MAC, ARM)),
        ('cfg(target_env = "gnu")', (LINUX, ARM), (MUSL, WINDOWS)),
        ('cfg(all(unix, not(target_os = "macos")))', (LINUX,), (MAC, WINDOWS)),
        ('cfg(any(windows, target_arch = "aarch64"))', (WINDOWS, MAC), (LINUX,)),
        ("cfg(all())", (LINUX,), ()),
        ("cfg(any())", (), (LINUX,)),
        # What a triple does not tell may be true.
        ('cfg(target_feature = "avx2")', (LINUX,), ()),
        ("cfg(all(", (LINUX,), ()),
    ],
)
def test_expressions(expression, true, false):
    assert [holds(expression, triple) for triple in true] == [True] * len(true)
    assert [holds(expression, triple) for triple in false] == [False] * len(false)
