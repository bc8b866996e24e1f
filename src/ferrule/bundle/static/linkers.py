"""Which linker can read a libpython.a, and how rustc is told to use it.

What was measured decides: lld passes over GCC's intermediate code without a word,
so slim objects look empty to it and fat ones work; GNU ld, gold and mold hand
intermediate code to the compiler's plugin, which reads only its own release's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from ferrule.bundle.model import Flag
from ferrule.errors.static_link import (
    BitcodeLinkerError,
    BitcodeReleaseError,
    GccReleaseError,
    MixedCodeError,
    NamedLinkerError,
    PluginLtoError,
    WishedLinkerError,
)
from ferrule.formats.bitcode import llvm_major

if TYPE_CHECKING:
    from ferrule.bundle.static.archive import ArchiveFacts

__all__ = ["Linking", "RustLinker", "choose_linker", "named_driver"]

OWN_LLD: Final = ("x86_64-unknown-linux-gnu", (1, 90))
"""The target for which rustc brings an lld of its own, and its first release."""

LinkerName = Literal["rust-lld", "lld", "bfd", "gold", "mold", "default"]


@dataclass(frozen=True)
class RustLinker:
    """How rustc links for a target when nothing is added."""

    target: str
    release: tuple[int, int]
    llvm: int
    """Major release of rustc's own LLVM."""
    own_lld: Path | None
    """The folder with the `ld.lld` that rustc brings; distributions may leave it
    out."""
    rustflags: tuple[str, ...] = ()
    find_program: Callable[[str], str | None] = lambda _: None
    """Return the path of a program, or None."""
    driver: str = "cc"
    """What rustc starts to link."""
    driver_release: Callable[[], int] = lambda: 0
    """Return the major release of GCC that the driver is; 0 for another one."""

    @property
    def is_own_lld_target(self) -> bool:
        """Whether rustc links with its own lld for this target by itself."""
        return self.target == OWN_LLD[0] and self.release >= OWN_LLD[1]

    @property
    def name(self) -> LinkerName:
        """Return the linker that links when nothing is added."""
        text = " ".join(self.rustflags)
        word = self.named_linker
        if word:
            for name in ("mold", "lld", "gold", "bfd"):
                if name in word.rpartition("/")[2]:
                    return name
            return "default"
        is_off = "linker-features=-lld" in text
        if self.is_own_lld_target and self.own_lld is not None and not is_off:
            return "rust-lld"
        return "default"

    @property
    def named_linker(self) -> str:
        """Return the linker that the user's flags name, or nothing."""
        text = " ".join(self.rustflags)
        found = re.findall(r"(?:-fuse-ld|--ld-path)=([^\s,]+)", text)
        return found[-1] if found else ""

    @property
    def is_for_plugin(self) -> bool:
        """Whether Rust code comes as bitcode that the linker compiles."""
        found = re.findall(r"linker-plugin-lto(=\S+)?", " ".join(self.rustflags))
        return bool(found) and found[-1] not in ("=no", "=n", "=off")

    @property
    def without_lld(self) -> tuple[str, ...]:
        """Return the argument with which rustc does not choose its own lld."""
        return ("-C", "linker-features=-lld") if self.is_own_lld_target else ()

    @property
    def with_own_lld(self) -> tuple[str, ...]:
        """Return the arguments that choose rustc's own lld, as rustc does itself.

        `-C linker-features=+lld` is not stable.
        """
        words = ("-C", f"link-arg=-B{self.own_lld}", "-C", "link-arg=-fuse-ld=lld")
        return (*self.without_lld, *words)


@dataclass(frozen=True)
class Linking:
    """The linker for one libpython.a."""

    name: LinkerName
    flags: tuple[Flag, ...]
    reason: str


def choose_linker(facts: ArchiveFacts, rust: RustLinker, wish: str = "auto") -> Linking:
    """Return which linker reads an archive, and the flags that choose it.

    `wish` is `auto`, `lld`, `bfd`, `gold` or `mold`. Raises `BitcodeLinkerError`,
    `BitcodeReleaseError`, `GccReleaseError`, `MixedCodeError`,
    `NamedLinkerError`, `PluginLtoError` and `WishedLinkerError`.
    """
    linking = _choose(facts, rust, wish)
    _check_flags(facts, rust, linking)
    return linking


def named_driver(rustflags: Sequence[str]) -> str:
    """Return what `-C linker` of the user's flags names, or nothing."""
    found = re.findall(r"-C\s*linker=(\S+)", " ".join(rustflags))
    return found[-1] if found else ""


def _choose(facts: ArchiveFacts, rust: RustLinker, wish: str) -> Linking:
    start = Linking(rust.name, (), "rustc's choice: every linker reads machine code")
    if wish != "auto":
        start = _wished(rust, wish)
    is_slim, is_bitcode = "gcc-slim" in facts.codes, "llvm" in facts.codes
    if is_slim and is_bitcode:
        raise MixedCodeError(str(facts.path))
    if is_bitcode:
        return _for_bitcode(facts, rust, start, wish)
    if is_slim and rust.is_for_plugin:
        raise PluginLtoError(str(facts.path), facts.lto_majors)
    if is_slim:
        return _for_slim(facts, rust, start, wish)
    if "gcc-fat" in facts.codes:
        return _for_fat(facts, start)
    return start


def _check_flags(facts: ArchiveFacts, rust: RustLinker, linking: Linking) -> None:
    """Raise `NamedLinkerError` for flags that the user's own make ineffective.

    cargo gives rustc the user's flags last, and the last of such flags counts.
    """
    for flag in linking.flags:
        for word in flag.words:
            option, _, value = word.rpartition("=")
            own = {
                "link-arg=-fuse-ld": rust.named_linker,
                "linker": named_driver(rust.rustflags),
            }.get(option, "")
            if own and own != value:
                shown = option.rpartition("=")[2]
                raise NamedLinkerError(
                    str(facts.path), f"{shown}={own}", f"{shown}={value}", flag.reason
                )


def _is_lld(name: str) -> bool:
    return name in ("rust-lld", "lld")


def _wished(rust: RustLinker, wish: str) -> Linking:
    if wish == rust.name or (wish == "lld" and _is_lld(rust.name)):
        return Linking(rust.name, (), "what --ld names is rustc's choice already")
    if wish == "lld" and rust.own_lld is not None:
        flag = Flag(rust.with_own_lld, "--ld lld: rustc's own")
        return Linking("rust-lld", (flag,), "--ld lld")
    if rust.find_program(f"ld.{wish}") is None and rust.find_program(wish) is None:
        raise WishedLinkerError(wish)
    words = (*rust.without_lld, "-C", f"link-arg=-fuse-ld={wish}")
    flag = Flag(words, f"--ld {wish}")
    return Linking(wish, (flag,), f"--ld {wish}")  # type: ignore[arg-type]


def _for_bitcode(
    facts: ArchiveFacts, rust: RustLinker, start: Linking, wish: str
) -> Linking:
    producers = facts.producers
    newest = max((llvm_major(item) for item in producers), default=0)
    made = ", ".join(item for item in producers if item) or "LLVM"
    reason = f"{facts.path.name} is bitcode of {made}, which only lld reads"
    if wish not in ("auto", "lld"):
        raise BitcodeLinkerError(str(facts.path), made, wish)
    if _is_lld(start.name):
        chosen = Linking(start.name, start.flags, reason)
    elif rust.own_lld is not None:
        chosen = Linking("rust-lld", (Flag(rust.with_own_lld, reason),), reason)
    elif rust.find_program("ld.lld") is not None:
        words = (*rust.without_lld, "-C", "link-arg=-fuse-ld=lld")
        chosen = Linking("lld", (Flag(words, reason),), reason)
    else:
        raise BitcodeLinkerError(str(facts.path), made, "")
    if chosen.name == "rust-lld" and rust.llvm and newest > rust.llvm:
        raise BitcodeReleaseError(str(facts.path), made, rust.llvm)
    return chosen


def _for_slim(
    facts: ArchiveFacts, rust: RustLinker, start: Linking, wish: str
) -> Linking:
    majors = facts.lto_majors
    if wish == "lld" or len(majors) != 1:
        raise GccReleaseError(str(facts.path), majors, 0, wished_lld=wish == "lld")
    wanted = majors[0]
    reason = (
        f"{facts.path.name} holds intermediate code of GCC {wanted} only, which GCC "
        "itself compiles when it links"
    )
    words: tuple[str, ...] = ()
    if _is_lld(start.name):
        words = rust.without_lld
        if start.name == "lld":
            words += ("-C", "link-arg=-fuse-ld=bfd")
    ours = rust.driver_release()
    if wanted and ours != wanted:
        other = f"gcc-{wanted}"
        if rust.find_program(other) is None:
            raise GccReleaseError(str(facts.path), majors, ours, driver=rust.driver)
        words += ("-C", f"linker={other}")
    flags = (*start.flags, Flag(words, reason)) if words else start.flags
    name: LinkerName = "default" if _is_lld(start.name) else start.name
    return Linking(name, flags, reason)


def _for_fat(facts: ArchiveFacts, start: Linking) -> Linking:
    if _is_lld(start.name):
        reason = "lld takes the machine code of objects that also have GCC's own"
        return Linking(start.name, start.flags, reason)
    releases = " and ".join(str(major) for major in facts.lto_majors if major)
    flag = Flag(
        ("-C", "link-arg=-fno-use-linker-plugin"),
        f"takes the machine code of {facts.path.name}, not the intermediate code of "
        f"GCC {releases or 'another release'} beside it",
    )
    return Linking(start.name, (*start.flags, flag), flag.reason)
