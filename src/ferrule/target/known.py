"""The targets that ferrule builds Python modules for, and the tags of their wheels.

Every other target of rustc can be built for too; these are the ones whose Pythons
ferrule knows without having them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.target.groups import GROUPS

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["JOINED_TARGETS", "KNOWN_TARGETS", "standard_library_packages", "tag_family"]

_OTHERS: Final = (
    "aarch64-pc-windows-gnullvm",
    "armv7-linux-androideabi",
    "i686-linux-android",
    "i686-pc-windows-gnullvm",
    "loongarch64-unknown-linux-gnu",
    "powerpc64le-unknown-linux-musl",
    "riscv64gc-unknown-linux-musl",
    "x86_64-pc-windows-gnullvm",
    "x86_64-unknown-freebsd",
)
KNOWN_TARGETS: Final = tuple(
    sorted({*_OTHERS, *(triple for group in GROUPS.values() for triple in group)})
)
JOINED_TARGETS: Final = {
    "universal2-apple-darwin": ("aarch64-apple-darwin", "x86_64-apple-darwin"),
}
"""Targets that are no target of rustc: what is built for several, and joined."""
_DEBIAN_MACHINES: Final = {
    "aarch64": "arm64",
    "armv7": "armhf",
    "i686": "i386",
    "loongarch64": "loong64",
    "powerpc64le": "ppc64el",
    "riscv64gc": "riscv64",
    "s390x": "s390x",
    "x86_64": "amd64",
}
_ANDROID_MACHINES: Final = {
    "aarch64": "arm64_v8a",
    "armv7l": "armeabi_v7a",
    "i686": "x86",
}
_FEDORA: Final = ("i686-pc-windows-gnu", "x86_64-pc-windows-gnu")


def tag_family(target: Triple) -> str:
    """Return which platform tags the wheels of a target have."""
    from ferrule.python.foreign import machine_of, platform_of

    machine = machine_of(target)
    family = f"{target.system}_*_{machine}"
    if target.is_android:
        family = f"android_*_{_ANDROID_MACHINES.get(machine, machine)}"
    elif target.system == "linux":
        family = f"{'musllinux' if target.is_musl else 'manylinux'}_*_{machine}"
    elif target.is_darwin:
        family = f"macosx_*_{machine}"
    elif target.system == "ios":
        family += "_iphonesimulator" if target.is_simulator else "_iphoneos"
    elif target.system == "emscripten":
        family = "pyodide_*_wasm32"
    elif target.is_windows:
        family = platform_of(target).replace("-", "_")
    return family


def standard_library_packages(target: Triple) -> list[tuple[str, str]]:
    """Return the commands that install Rust's standard library, and for whom.

    For toolchains of distributions, which rustup does not manage.
    """
    found = []
    machine = _DEBIAN_MACHINES.get(target.architecture)
    if target.system == "linux" and target.environment in ("gnu", "gnueabihf"):
        if machine:
            command = f"sudo apt install libstd-rust-dev:{machine}"
            note = f"Debian, after `sudo dpkg --add-architecture {machine}`"
            found.append((command, note))
    elif target.is_windows and target.environment == "gnu":
        found.append(("sudo apt install libstd-rust-dev-windows", "Debian"))
    if target.text in _FEDORA:
        found.append((f"sudo dnf install rust-std-static-{target.text}", "Fedora"))
    return found
