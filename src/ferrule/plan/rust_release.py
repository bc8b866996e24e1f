"""Whether the compiler is one that the project can be built with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ferrule.errors.cargo import RustReleaseError

if TYPE_CHECKING:
    from ferrule.cargo.toolchain import Toolchain

__all__ = ["check_rust_release"]


def check_rust_release(wanted: str | None, toolchain: Toolchain) -> None:
    """Raise `RustReleaseError` unless rustc satisfies `rust-version`."""
    if wanted is None:
        return
    from ferrule.settings.rust_version import matches_rust

    lines = toolchain.verbose_version.splitlines()
    text = next(line[9:] for line in lines if line.startswith("release: ")).strip()
    numbers = [int(word) for word in text.partition("-")[0].split(".")]
    major, minor, patch = (*numbers, 0, 0)[:3]
    if not matches_rust(wanted, (major, minor, patch)):
        raise RustReleaseError(wanted, text)
