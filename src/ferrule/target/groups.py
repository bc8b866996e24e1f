"""Names for several Rust targets at once.

A group holds the targets for which Rust offers a compiled standard library and
PyPI takes wheels, so that every rustc of the last years knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ferrule.errors.sdist import UnknownTargetGroupError

__all__ = ["GROUPS", "expand_targets"]

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "linux": (
        "aarch64-unknown-linux-gnu",
        "aarch64-unknown-linux-musl",
        "armv7-unknown-linux-gnueabihf",
        "armv7-unknown-linux-musleabihf",
        "i686-unknown-linux-gnu",
        "i686-unknown-linux-musl",
        "powerpc64le-unknown-linux-gnu",
        "riscv64gc-unknown-linux-gnu",
        "s390x-unknown-linux-gnu",
        "x86_64-unknown-linux-gnu",
        "x86_64-unknown-linux-musl",
    ),
    "macos": ("aarch64-apple-darwin", "x86_64-apple-darwin"),
    "windows": (
        "aarch64-pc-windows-msvc",
        "i686-pc-windows-gnu",
        "i686-pc-windows-msvc",
        "x86_64-pc-windows-gnu",
        "x86_64-pc-windows-msvc",
    ),
    "android": ("aarch64-linux-android", "x86_64-linux-android"),
    "ios": ("aarch64-apple-ios", "aarch64-apple-ios-sim", "x86_64-apple-ios"),
    "emscripten": ("wasm32-unknown-emscripten",),
}
"""The triples of each group, sorted."""


def expand_targets(names: Sequence[str]) -> tuple[str, ...]:
    """Return the triples that target triples and names of groups stand for.

    Raises `UnknownTargetGroupError`; whether a triple exists is rustc's to say.

    >>> expand_targets(["macos", "x86_64-apple-darwin"])
    ('aarch64-apple-darwin', 'x86_64-apple-darwin')
    """
    triples: list[str] = []
    for name in names:
        if name in GROUPS:
            triples += GROUPS[name]
        elif "-" in name:
            triples.append(name)
        else:
            raise UnknownTargetGroupError(name, sorted(GROUPS))
    return tuple(dict.fromkeys(triples))
