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
    # Speed, size or messages of other linkers; the result is right without.
    "-Wl,-z,pack-relative-relocs",
    "-Wl,-zpack-relative-relocs",
    "-Wl,-z,separate-code",
    "-Wl,-z,text",
    "-Wl,-Bsymbolic-functions",
    "-Wl,--copy-dt-needed-entries",
    "-Wl,--error-limit=*",
    "-Wl,--gdb-index",
    "-Wl,--no-copy-dt-needed-entries",
    "-Wl,--no-keep-memory",
    "-Wl,--no-omagic",
    "-Wl,--no-relax",
    "-Wl,--no-rosegment",
    "-Wl,--no-warn-mismatch",
    "-Wl,--package-metadata=*",
    "-Wl,--relax",
    "-Wl,--threads=*",
    "-Wl,--warn-common",
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
    # zig takes it to mean its compiler-rt too, which has the probes of the stack.
    "-nolibc",
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
_MACOS: Final = (
    # The wrapper names the oldest macOS, and zig always makes a UUID and the like.
    "-mmacosx-version-min=*",
    "-Wl,-macos_version_min,*",
    "-Wl,-platform_version,*",
    "-Wl,-bind_at_load",
    "-Wl,-dylib",
    "-Wl,-export_dynamic",
    "-Wl,-fatal_warnings",
    "-Wl,-ld_classic",
    "-Wl,-ld_new",
    "-Wl,-no_compact_unwind",
    "-Wl,-no_deduplicate",
    "-Wl,-no_fixup_chains",
    "-Wl,-no_uuid",
    "-Wl,-no_warn_duplicate_libraries",
    "-Wl,-object_path_lto,*",
    "-Wl,-oso_prefix,*",
    "-Wl,-reproducible",
)
_MACOS_EXPORTS: Final = ("-Wl,-exported_symbol*", "-exported_symbols_list")
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
    if not target.is_darwin:
        # To zig it means a shared library and nothing else, not even a DLL's import
        # library; to other linkers, what comes first in the folders.
        renamed.append(("-Wl,-Bdynamic", "-Wl,-search_paths_first"))
    if target.is_musl:
        dropped += _MUSL
    if target.is_windows:
        dropped += _WINDOWS
        # zig's unwinder is LLVM's; a list of exports is an input like any other.
        renamed += [("-lgcc_eh", "-lunwind"), ("-lgcc_s", "-lunwind")]
        rewritten.append("-Wl,*.def")
    if target.is_darwin:
        dropped += _MACOS
        rewritten += ["-target", "-Wl,-*_version,*", *_MACOS_EXPORTS]
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
