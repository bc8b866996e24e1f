"""Which Rust target somebody means who wrote another name for a machine.

Such names are those of platform tags (`manylinux2014_aarch64`), of GNU
(`aarch64-linux-gnu`), Debian (`arm64`), Go and CI systems (`linux-arm64`, `armv7`).
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["suggest_target"]

_MACHINES: Final = (
    # The longer names first: `arm64` before `arm`, `x86_64` before `x86`.
    (r"x86[_-]64|amd64|x64", "x86_64"),
    (r"aarch64|arm64|armv8(?!l)", "aarch64"),
    (r"powerpc64le|ppc64le|ppc64el", "powerpc64le"),
    (r"riscv64(gc)?", "riscv64gc"),
    (r"loongarch64|loong64", "loongarch64"),
    (r"s390x", "s390x"),
    (r"armv6l?", "arm"),
    (r"armv7l?|armv8l|armhf|arm", "armv7"),
    (r"i[3456]86|x86|win32", "i686"),
)
_SYSTEMS: Final = (
    ("android", "android"),
    ("musl|alpine", "musl"),
    ("ios|iphone", "ios"),
    ("mac|darwin|apple|osx", "darwin"),
    ("mingw", "mingw"),
    ("win", "windows"),
    ("freebsd", "freebsd"),
    ("linux|gnu", "linux"),
)
_WHOLE: Final = (
    ("universal2", "universal2-apple-darwin"),
    ("emscripten", "wasm32-unknown-emscripten"),
    ("pyodide", "wasm32-unknown-emscripten"),
)
_USUAL: Final = {
    **dict.fromkeys(("android", "darwin", "ios"), "aarch64"),
    **dict.fromkeys(("freebsd", "linux", "mingw", "musl", "windows"), "x86_64"),
}
"""The processor that most machines of a system have."""
_ANDROID: Final = {"armv7": "armv7-linux-androideabi"}


def suggest_target(text: str) -> str:
    """Return the target that a name for a machine means; empty if none is told.

    Without a system, Linux is meant; a system alone is its usual processor's.

    >>> suggest_target("manylinux_2_17_aarch64")
    'aarch64-unknown-linux-gnu'
    """
    name = text.lower()
    for word, target in _WHOLE:
        if word in name:
            return target
    machine = next((rust for names, rust in _MACHINES if re.search(names, name)), "")
    if not machine:
        alone = (rf"({names})(os|dows)?" for names, _ in _SYSTEMS)
        if not any(re.fullmatch(pattern, name) for pattern in alone):
            return ""
    system = next((kind for names, kind in _SYSTEMS if re.search(names, name)), "linux")
    machine = machine or _USUAL[system]
    if system == "android":
        return _ANDROID.get(machine, f"{machine}-linux-android")
    if system in ("linux", "musl"):
        library = "musl" if system == "musl" else "gnu"
        ending = "eabihf" if machine in ("arm", "armv7") else ""
        return f"{machine}-unknown-linux-{library}{ending}"
    endings = {
        "darwin": "apple-darwin",
        "ios": "apple-ios",
        "mingw": "pc-windows-gnu",
        "windows": "pc-windows-msvc",
        "freebsd": "unknown-freebsd",
    }
    return f"{machine}-{endings[system]}"
