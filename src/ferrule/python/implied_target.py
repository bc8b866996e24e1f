"""The Rust target that an interpreter is for, where that is not rustc's own.

A Python of crossenv, and one with `_PYTHON_HOST_PLATFORM` and
`_PYTHON_SYSCONFIGDATA_NAME` (Debian's cross builds, Buildroot, Yocto, conda-forge),
runs on this machine and answers for another one. A 32-bit Python on 64-bit Windows,
and one for Intel under Rosetta, are of another machine too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = ["implied_target"]

_ARM: Final = ("arm", "armv5te", "armv6", "armv7")
_LINUX: Final = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "i486": "i686",
    "i586": "i686",
    "armv5tel": "armv5te",
    "arm": "arm",
    "armv6l": "arm",
    "armv7": "armv7",
    "armv7l": "armv7",
    "armv8l": "armv7",
    "ppc64": "powerpc64",
    "ppc64le": "powerpc64le",
    "riscv64": "riscv64gc",
    **{name: name for name in ("aarch64", "i686", "loongarch64", "s390x", "x86_64")},
}
_NARROW: Final = {"x86_64": "i686", "aarch64": "armv7"}
"""What a 32-bit Python is for whose `uname` tells the kernel's machine."""
_WINDOWS: Final = {"win32": "i686", "win-amd64": "x86_64", "win-arm64": "aarch64"}
_MACOS: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
_ANDROID: Final = {
    "arm64_v8a": "aarch64-linux-android",
    "armeabi_v7a": "armv7-linux-androideabi",
    "x86": "i686-linux-android",
    "x86_64": "x86_64-linux-android",
}
_IOS: Final = {
    "arm64-iphoneos": "aarch64-apple-ios",
    "arm64-iphonesimulator": "aarch64-apple-ios-sim",
    "x86_64-iphonesimulator": "x86_64-apple-ios",
}


def implied_target(interpreter: Interpreter, host: Triple) -> str:
    """Return the Rust target of an interpreter; empty if it is the host's own.

    Also empty for platforms whose target cannot be told, and for a universal2
    Python, which runs on both.
    """
    text = _target_of(interpreter, host)
    if not text:
        return ""
    target = parse_triple(text)
    is_same = target.system == host.system and _machine(target) == _machine(host)
    return "" if is_same else text


def _machine(target: Triple) -> str:
    # Which ARM and which x86 a 32-bit system is for, its rustc knows better.
    if target.is_x86_32:
        return "x86"
    return "arm" if target.architecture in _ARM else target.architecture


def _target_of(interpreter: Interpreter, host: Triple) -> str:
    platform = interpreter.platform
    system, _, rest = platform.partition("-")
    if platform in _WINDOWS:
        # Which of Rust's Windows targets is meant, only a Windows host tells.
        name = f"{_WINDOWS[platform]}-pc-windows-{host.environment}"
        return name if host.is_windows else ""
    if system == "linux":
        return _linux(rest, interpreter)
    last = rest.rpartition("-")[2]
    if system == "macosx":
        return f"{_MACOS[last]}-apple-darwin" if last in _MACOS else ""
    if system.startswith("emscripten"):
        return "wasm32-unknown-emscripten"
    return {"android": _ANDROID, "ios": _IOS}.get(system, {}).get(_last_words(rest), "")


def _last_words(rest: str) -> str:
    """Return what follows the release: `24-arm64_v8a`, `13.0-arm64-iphoneos`."""
    return rest.partition("-")[2]


def _linux(name: str, interpreter: Interpreter) -> str:
    machine = _LINUX.get(name, "")
    if interpreter.pointer_width == 32 and not _pretends(name, interpreter):
        machine = _NARROW.get(machine, machine)
    if not machine:
        return ""
    suffix = interpreter.ext_suffix
    library = "musl" if "musl" in suffix else "gnu"
    if machine in _ARM:
        has_soft_floats = suffix.endswith("eabi.so") or machine == "armv5te"
        library += "eabi" if has_soft_floats else "eabihf"
    return f"{machine}-unknown-linux-{library}"


def _pretends(machine: str, interpreter: Interpreter) -> bool:
    """Whether the name of the files tells that machine too, whatever runs."""
    return f"-{machine}-linux" in interpreter.ext_suffix
