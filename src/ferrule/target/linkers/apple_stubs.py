"""Stand-ins for Apple's libraries where there is no SDK: names, and no symbols.

zig brings a stub of libSystem only. Python modules for macOS are linked with
`-undefined dynamic_lookup`: a symbol that no library has is looked up in all that
are loaded, so what is linked has to name the library and nothing more. The format
is that of `.tbd` files, version 4 (LLVM, "TextAPI"); the paths are those that
`otool -L` shows of programs of macOS.
"""

from __future__ import annotations

from typing import Final

__all__ = ["apple_stubs"]

_LIBRARIES: Final = {
    "charset": "/usr/lib/libcharset.1.dylib",
    "iconv": "/usr/lib/libiconv.2.dylib",
    "objc": "/usr/lib/libobjc.A.dylib",
    "resolv": "/usr/lib/libresolv.9.dylib",
    "sqlite3": "/usr/lib/libsqlite3.dylib",
    "z": "/usr/lib/libz.1.dylib",
}
_FRAMEWORKS: Final = {
    "AppKit": "C",
    "ApplicationServices": "A",
    "Cocoa": "A",
    "CoreFoundation": "A",
    "CoreGraphics": "A",
    "CoreServices": "A",
    "CoreText": "A",
    "DiskArbitration": "A",
    "Foundation": "C",
    "IOKit": "A",
    "Metal": "A",
    "OpenDirectory": "A",
    "QuartzCore": "A",
    "Security": "A",
    "SystemConfiguration": "A",
}
"""Frameworks that crates link, with the version that is part of their path."""
_STUB: Final = """\
--- !tapi-tbd
tbd-version: 4
targets: [ x86_64-macos, arm64-macos ]
install-name: '{path}'
current-version: 1
compatibility-version: 1
...
"""


def apple_stubs() -> dict[str, str]:
    """Return the text of the stubs by where they lie, in `lib` and `Frameworks`."""
    found = {
        f"lib/lib{name}.tbd": _STUB.format(path=path)
        for name, path in _LIBRARIES.items()
    }
    for name, version in _FRAMEWORKS.items():
        path = f"/System/Library/Frameworks/{name}.framework/Versions/{version}/{name}"
        found[f"Frameworks/{name}.framework/{name}.tbd"] = _STUB.format(path=path)
    return found
