"""Errors about targets and what links for them."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError

__all__ = ["LinkerNotFoundError"]

_PACKAGES = {
    "aarch64-unknown-linux-gnu": "gcc-aarch64-linux-gnu",
    "armv7-unknown-linux-gnueabihf": "gcc-arm-linux-gnueabihf",
    "i686-unknown-linux-gnu": "gcc-i686-linux-gnu",
    "powerpc64le-unknown-linux-gnu": "gcc-powerpc64le-linux-gnu",
    "riscv64gc-unknown-linux-gnu": "gcc-riscv64-linux-gnu",
    "s390x-unknown-linux-gnu": "gcc-s390x-linux-gnu",
    "x86_64-unknown-linux-gnu": "gcc-x86-64-linux-gnu",
    "x86_64-unknown-linux-musl": "musl-tools",
    "x86_64-pc-windows-gnu": "gcc-mingw-w64-x86-64",
    "i686-pc-windows-gnu": "gcc-mingw-w64-i686",
}
"""The package of Debian that holds the linker of a target."""


class LinkerNotFoundError(FerruleError):
    """Nothing on this machine links for the target."""

    exit_code = 5

    def __init__(self, target: str, tried: Sequence[str]) -> None:
        package = _PACKAGES.get(target)
        ways = [f"install one (Debian: {package})"] if package else ["install one"]
        variable = f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
        ways.append(f"name yours with {variable}")
        super().__init__(
            f"no linker for {target} on this machine",
            why=[f"looked for {', '.join(tried)}" if tried else "none is known"],
            fix=", or ".join(ways),
        )
        self.target = target
        self.tried = tuple(tried)
