"""Arguments of rustc and of the cc crate that zig takes otherwise than clang.

Found out by giving each of them to zig 0.17.1. The patterns are those of the shell,
so that one table serves the shell script and its Python counterpart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ferrule.target.triple import Triple

__all__ = ["Rules", "rules_for"]

_DROPPED: Final = (
    # The wrapper names the target itself, and knows its C library.
    "--target=*",
    "-fuse-ld=*",
    "--ld-path=*",
    "-mtune=*",
    "-Wl,-plugin-opt*",
    "-Wl,--plugin-opt*",
    "-Wl,-znostart-stop-gc",
    "-Wl,-z,nostart-stop-gc",
    "-Wl,--fix-cortex-a53-843419",
    "-Wl,--dynamic-list*",
    "-Wl,--icf=*",
    "-Wl,--exclude-libs*",
    "-Wl,-Map=*",
)
_REWRITTEN: Final = (
    # Response files, and what needs more than leaving a word out.
    "@*",
    "-march=*",
    "-mcpu=*-*",
    "-Wp,-[!M]*",
)
_MUSL: Final = ("*/self-contained/*crt*.o", "-lc", "-Wl,-melf_i386")
_WINDOWS: Final = (
    "*rsbegin.o",
    "*rsend.o",
    "*self-contained*crt*.o",
    "-l:libpthread.a",
    "-lgcc",
    "-lmsvcrt",
    "-lwindows",
    "-Wl,--disable-auto-image-base",
    "-Wl,--enable-auto-image-base",
    "-Wl,--dynamicbase",
    "-Wl,--exclude-all-symbols",
    "-Wl,--large-address-aware",
    "-Wl,--no-insert-timestamp",
)
_MACOS: Final = ("-mmacosx-version-min=*", "-Wl,-dylib", "-Wl,-no_compact_unwind")
_FREEBSD: Final = ("-lkvm", "-lmemstat", "-lprocstat", "-ldevstat")


@dataclass(frozen=True)
class Rules:
    """What the wrapper of one target does with each argument."""

    dropped: tuple[str, ...]
    """Patterns of what is left out."""
    renamed: tuple[tuple[str, str], ...]
    """Words and what is written instead."""
    rewritten: tuple[str, ...]
    """Patterns of what only the Python script understands."""
    processors: str
    """How `-march` is understood: `arm`, `aarch64`, `riscv` or `x86`."""

    def to_json(self) -> dict[str, Any]:
        """Return the rules as plain data."""
        return {
            "dropped": list(self.dropped),
            "renamed": dict(self.renamed),
            "rewritten": list(self.rewritten),
            "processors": self.processors,
        }


def rules_for(target: Triple) -> Rules:
    """Return what has to be done with the arguments for a target."""
    dropped: list[str] = list(_DROPPED)
    renamed: list[tuple[str, str]] = []
    rewritten: list[str] = list(_REWRITTEN)
    if target.is_musl:
        dropped += _MUSL
    if target.is_windows:
        dropped += _WINDOWS
        # zig's unwinder is LLVM's; a list of exports is an input like any other.
        renamed += [("-lgcc_eh", "-lunwind"), ("-lgcc_s", "-lunwind")]
        rewritten.append("-Wl,*.def")
    if target.is_darwin:
        dropped += _MACOS
        rewritten += ["-target", "-liconv"]
    if target.system == "freebsd":
        dropped += _FREEBSD
    family = _family(target)
    if family in ("arm", "riscv"):
        # What rustc's target means by default is said by the wrapper.
        name = {"arm": "-march=arm*", "riscv": "-march=rv*"}[family]
        dropped.insert(0, name)
    return Rules(tuple(dropped), tuple(renamed), tuple(rewritten), family)


def _family(target: Triple) -> str:
    name = target.architecture
    if name.startswith("aarch64"):
        return "aarch64"
    if name.startswith(("arm", "thumb")):
        return "arm"
    return "riscv" if name.startswith("riscv") else "x86"
