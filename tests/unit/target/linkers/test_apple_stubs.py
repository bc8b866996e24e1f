"""Stubs of Apple's libraries, as linkers read them."""

from __future__ import annotations

from ferrule.target.linkers.apple_stubs import apple_stubs

STUB = """\
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '/System/Library/Frameworks/Security.framework/Versions/A/Security'
current-version: 1
compatibility-version: 1
...
"""


def test_a_framework_lies_where_linkers_look() -> None:
    stubs = apple_stubs()
    assert stubs["Frameworks/Security.framework/Security.tbd"] == STUB
    assert all(text.startswith("--- !tapi-tbd\n") for text in stubs.values())


def test_libraries() -> None:
    stubs = apple_stubs()
    assert "'/usr/lib/libz.1.dylib'" in stubs["lib/libz.tbd"]
    # zig has the whole stub of that one.
    assert "lib/libSystem.tbd" not in stubs
