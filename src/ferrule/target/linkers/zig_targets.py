"""What a Rust target is called by zig, and which of its processors is meant.

Names: `zig targets`, that is architecture, system and C library, with the version
of glibc or macOS behind a dot. Processors: the `cpu` and `features` of the target
specifications of rustc, so that C code needs no more than Rust code does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["OLDEST_GLIBC", "ZIGS_OLDEST_GLIBC", "ZigTarget", "has_glibc", "zig_target"]

_MACHINES: Final = {
    "aarch64": "aarch64",
    "arm": "arm",
    "armv5te": "arm",
    "armv7": "arm",
    "i586": "x86",
    "i686": "x86",
    "loongarch64": "loongarch64",
    "powerpc64": "powerpc64",
    "powerpc64le": "powerpc64le",
    "riscv64gc": "riscv64",
    "s390x": "s390x",
    "thumbv7neon": "arm",
    "x86_64": "x86_64",
}
_LIBRARIES: Final = (
    *("gnu", "gnueabi", "gnueabihf", "musl", "musleabi", "musleabihf"),
)
_PROCESSORS: Final = {
    "armv5te": "generic+v5te+soft_float+strict_align",
    "armv7": "generic+v7a+vfp3-d32+thumb2-neon",
    "i586": "pentium",
    "i686": "pentium4",
    "riscv64gc": "generic_rv64+m+a+f+d+c",
    "s390x": "z10",
}
OLDEST_GLIBC: Final = {"loongarch64": (2, 36), "riscv64gc": (2, 29)}
"""What Rust's standard library needs where it is not glibc 2.17 (The rustc book,
"Platform Support")."""
ZIGS_OLDEST_GLIBC: Final = {"powerpc64le": (2, 19)}
"""What zig has where that is newer than what Rust needs. Weak references to symbols
of 2.18 then ask for the policy after it, manylinux_2_24."""
_OLDEST_MACOS: Final = {"aarch64": "11.0", "x86_64": "10.12"}
"""What rustc aims at by default (The rustc book, "*-apple-darwin")."""


@dataclass(frozen=True)
class ZigTarget:
    """A target in zig's words."""

    text: str
    """For `-target`; on macOS without the version, which is asked for at run time."""
    processor: str = ""
    """For `-mcpu`; empty for zig's own default."""
    macos: str = ""
    """The oldest macOS where MACOSX_DEPLOYMENT_TARGET names none."""


def has_glibc(target: Triple) -> bool:
    """Return whether programs for a target use a versioned glibc."""
    return target.system == "linux" and target.environment.startswith("gnu")


def zig_target(target: Triple, glibc: str = "") -> ZigTarget | None:
    """Return what zig calls a target; None for those that zig does not link for.

    `glibc` is the version to link against, such as `2.17`.
    """
    machine = _MACHINES.get(target.architecture)
    if machine is None:
        return None
    if target.is_darwin and machine in ("aarch64", "x86_64"):
        return ZigTarget(f"{machine}-macos", macos=_OLDEST_MACOS[machine])
    if target.is_windows and target.environment.startswith("gnu"):
        processor = _PROCESSORS.get(target.architecture, "")
        return ZigTarget(f"{machine}-windows-gnu", processor)
    if target.system == "linux" and target.environment in _LIBRARIES:
        version = _glibc(target, glibc) if glibc and has_glibc(target) else ""
        text = f"{machine}-linux-{target.environment}{version}"
        return ZigTarget(text, _processor(target))
    if target.system in ("freebsd", "netbsd") and not target.environment:
        return ZigTarget(f"{machine}-{target.system}", _processor(target))
    return None


def _glibc(target: Triple, wanted: str) -> str:
    oldest = ZIGS_OLDEST_GLIBC.get(target.architecture, (0, 0))
    major, _, minor = wanted.partition(".")
    return ".{}.{}".format(*max((int(major), int(minor)), oldest))


def _processor(target: Triple) -> str:
    if target.architecture == "arm":
        hard = "+vfp2" if target.environment.endswith("hf") else "+soft_float"
        return f"generic+v6+strict_align{hard}"
    return _PROCESSORS.get(target.architecture, "")
