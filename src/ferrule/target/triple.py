"""Rust target triples: what the name of a target tells about it.

Nothing is asked from rustc. The parts follow the way PyO3's build script reads
a triple: `aarch64-linux-android` has the system `linux` and the environment
`android`, macOS is `darwin`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from ferrule.errors.configuration import UnknownTripleError
from ferrule.records import dataclass

__all__ = ["Triple", "guess_host", "parse_triple"]

_SYSTEMS: Final = frozenset(
    (
        *("aix", "android", "cuda", "cygwin", "darwin", "dragonfly", "emscripten"),
        *("espidf", "freebsd", "fuchsia", "haiku", "hermit", "horizon", "hurd"),
        *("illumos", "ios", "l4re", "linux", "netbsd", "none", "nto", "openbsd"),
        *("psp", "redox", "solaris", "tvos", "uefi", "visionos", "vxworks", "wasi"),
        *("wasip1", "wasip2", "wasip3", "watchos", "windows", "xous", "zkvm"),
    )
)
_CARGO_SYSTEMS: Final = {
    "darwin": "macos",
    "wasip1": "wasi",
    "wasip2": "wasi",
    "wasip3": "wasi",
}
_VENDORS_OF_HOST: Final = {
    "Linux": "unknown-linux-gnu",
    "Darwin": "apple-darwin",
    "Windows": "pc-windows-msvc",
    "FreeBSD": "unknown-freebsd",
    "NetBSD": "unknown-netbsd",
    "OpenBSD": "unknown-openbsd",
    "DragonFly": "unknown-dragonfly",
    "Haiku": "unknown-haiku",
    "SunOS": "pc-solaris",
    "AIX": "ibm-aix",
    "CYGWIN": "pc-cygwin",
    "Emscripten": "unknown-emscripten",
}
_ARCHITECTURES_OF_HOST: Final = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "i586": "i686",
    "x86": "i686",
    "armv7l": "armv7",
    "armv6l": "arm",
    "armv8l": "armv7",
    "ppc64le": "powerpc64le",
    "ppc64": "powerpc64",
    "riscv64": "riscv64gc",
}
_NARROW: Final = (
    *("arm64_32", "hexagon", "i386", "i486", "i586", "i686", "m68k"),
    *("sparc", "wasm32", "xtensa"),
)


@dataclass(frozen=True)
class Triple:
    """One Rust target, taken apart."""

    text: str
    architecture: str
    """As Rust spells it: `x86_64`, `aarch64`, `armv7`, `i686`, `riscv64gc`, ..."""
    vendor: str
    system: str
    """`linux` (for Android too), `darwin`, `windows`, `ios`, `emscripten`, ..."""
    environment: str
    """`gnu`, `musl`, `msvc`, `android`, `gnueabihf`, ...; empty without one."""

    @property
    def is_windows(self) -> bool:
        """Whether programs for this target run on Windows (not Cygwin)."""
        return self.system == "windows"

    @property
    def is_darwin(self) -> bool:
        """Whether this is macOS."""
        return self.system == "darwin"

    @property
    def is_android(self) -> bool:
        """Whether this is Android."""
        return self.environment in ("android", "androideabi")

    @property
    def is_simulator(self) -> bool:
        """Whether this is the simulator of an Apple device."""
        # The first simulators ran x86_64, before triples told them apart.
        return self.environment == "sim" or (
            self.system == "ios" and self.architecture == "x86_64"
        )

    @property
    def is_musl(self) -> bool:
        """Whether the C library is musl."""
        return self.environment.startswith("musl")

    @property
    def is_x86_32(self) -> bool:
        """Whether the processor is a 32-bit x86."""
        return self.architecture in ("i386", "i486", "i586", "i686")

    @property
    def cargo_os(self) -> str:
        """Return what cargo calls `CARGO_CFG_TARGET_OS`."""
        if self.is_android:
            return "android"
        return _CARGO_SYSTEMS.get(self.system, self.system)

    @property
    def python_system(self) -> str:
        """Return what Python calls `sys.platform` there."""
        if self.is_android:
            return "android"
        return "win32" if self.is_windows else self.system

    @property
    def pointer_width(self) -> int:
        """Return the bits of a pointer: 16, 32 or 64."""
        name = self.architecture
        if name in ("avr", "msp430"):
            return 16
        if self.environment.endswith(("x32", "_ilp32")):
            return 32
        if name.startswith(("arm", "thumb")) and not name.startswith("arm64"):
            return 32
        if name.startswith("mips") and "64" not in name:
            return 32
        if name.startswith("powerpc") and "64" not in name:
            return 32
        narrow = name in _NARROW or name.startswith("riscv32")
        return 32 if narrow else 64

    def __str__(self) -> str:
        return self.text


def parse_triple(text: str) -> Triple:
    """Take a Rust target triple apart.

    Raises `UnknownTripleError` for a text without a known system.

    >>> parse_triple("aarch64-linux-android").environment
    'android'
    """
    words = text.split("-")
    architecture, rest = words[0], words[1:]
    place = next((i for i, word in enumerate(rest) if word in _SYSTEMS), None)
    if place is None or not architecture or (len(rest) > 1 and "" in rest):
        raise _unknown(text)
    system = "linux" if rest[place] == "android" else rest[place]
    environment = "-".join(rest[place + 1 :])
    if rest[place] == "android":
        environment = "android"
    vendor = "-".join(rest[:place]) or "unknown"
    return Triple(text, architecture, vendor, system, environment)


def _unknown(text: str) -> UnknownTripleError:
    if text.endswith(".json"):
        return UnknownTripleError(
            f"{text} is a target specification, and ferrule takes targets by name",
            why=[
                "rustc reads such files on nightly only, and their names tell nothing"
            ],
            fix="name the target of rustc that it is like; what differs goes into "
            "rustflags (-C target-cpu, -C target-feature) and the linker",
        )
    from ferrule.target.suggestion import suggest_target

    meant = suggest_target(text)
    hint = f' (did you mean "{meant}"?)' if meant and meant != text else ""
    return UnknownTripleError(
        f'"{text}" is not a Rust target triple that ferrule knows{hint}',
        why=["a triple looks like x86_64-unknown-linux-gnu"],
        fix="choose one of the lines of `rustc --print target-list`",
    )


def guess_host(env: Mapping[str, str] | None = None) -> Triple:
    """Return the triple of this machine, without asking rustc.

    `FERRULE_HOST` in `env` overrides the guess.
    """
    forced = (env or {}).get("FERRULE_HOST")
    if forced:
        return parse_triple(forced)
    import platform

    system = platform.system()
    if system.upper().startswith("CYGWIN"):
        system = "CYGWIN"
    machine = platform.machine().lower()
    architecture = _ARCHITECTURES_OF_HOST.get(machine, machine)
    if sys.maxsize <= 2**32 and architecture in ("x86_64", "aarch64"):
        # A 32-bit userland on a 64-bit kernel, or a 32-bit Python on Windows.
        architecture = "i686" if architecture == "x86_64" else "armv7"
    tail = _VENDORS_OF_HOST.get(system, f"unknown-{system.lower()}")
    if system == "Linux":
        tail = f"unknown-linux-{_linux_environment(architecture)}"
    return parse_triple(f"{architecture}-{tail}")


def _linux_environment(architecture: str) -> str:
    # sysconfig is not asked: it costs more than the one question is worth.
    multiarch = str(getattr(sys.implementation, "_multiarch", ""))
    library = "musl" if multiarch.endswith("musl") else "gnu"
    if architecture == "armv7":
        return f"{library}eabihf"
    if architecture == "arm":
        return f"{library}eabihf" if multiarch.endswith("hf") else f"{library}eabi"
    return library
