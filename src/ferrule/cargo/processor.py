"""Whether rustc was told to use what not every processor of a platform has.

rustc writes no x86-64 level into what it compiles (as C compilers do with
`-mneeded`), so that nobody sees it in the file: only the flags tell.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey

__all__ = ["chosen_processor", "processor_of_flags"]

_PLAIN = {
    "x86_64": ("generic", "x86-64", "x86-64-v1", "k8", "athlon64"),
    "x86_64-apple": ("generic", "x86-64", "x86-64-v1", "nocona", "core2", "penryn"),
    "i686": ("generic", "i386", "i486", "i586", "i686", "pentium", "pentium4"),
    "aarch64": ("generic",),
    "aarch64-apple": ("generic", "apple-a7", "apple-a12", "apple-a14", "apple-m1"),
    "powerpc64le": ("generic", "ppc64le", "pwr8"),
    "s390x": ("generic", "arch8", "z10"),
    "riscv64gc": ("generic", "generic-rv64"),
}
"""Processors that every machine of a platform is as good as."""

_BASE_FEATURES = {
    "x86_64": ("fxsr", "sse", "sse2", "x87"),
    "x86_64-apple": ("cmpxchg16b", "fxsr", "sse", "sse2", "sse3", "ssse3", "x87"),
    "x86_64-pc-windows": ("cmpxchg16b", "fxsr", "lahfsahf", "sse", "sse2", "sse3"),
    "aarch64": ("neon", "fp-armv8"),
    "aarch64-apple": (
        *("aes", "crc", "dotprod", "fcma", "fhm", "flagm", "fp16", "fp-armv8"),
        *("jsconv", "lse", "neon", "paca", "pacg", "rcpc", "rdm", "sha2", "sha3"),
    ),
    "aarch64-pc-windows": ("neon", "fp-armv8"),
    "riscv64gc": ("a", "c", "d", "f", "m", "zicsr", "zifencei"),
}
_NEUTRAL = (
    *("crt-static", "outline-atomics", "strict-align", "harden-sls-ijmp"),
    *("harden-sls-ret", "lvi-cfi", "lvi-load-hardening", "retpoline", "soft-float"),
    *("retpoline-external-thunk", "retpoline-indirect-branches", "bti"),
    *("retpoline-indirect-calls", "reserve-x18", "exception-handling"),
)
"""What is no instruction set."""


def chosen_processor(key: CompileKey, *, env: Mapping[str, str]) -> str:
    """Return the flags of a cargo run that tie its code to some processors.

    Empty for code that runs on every machine of the platform. Raises the errors
    of `read_toml`.
    """
    from ferrule.cargo.rustflags import effective_rustflags

    flags = effective_rustflags(
        folder=Path(os.path.abspath(key.crate.folder)),
        triple=key.triple,
        env={**env, **key.env},
        arguments=key.arguments,
    )
    return processor_of_flags([*flags, *key.rustc_args], key.triple)


def processor_of_flags(flags: Sequence[str], triple: str) -> str:
    """Return the flags among rustc's that tie code to some processors.

    >>> processor_of_flags(["-C", "target-cpu=native"], "x86_64-unknown-linux-gnu")
    'target-cpu=native'
    >>> processor_of_flags(["-Ctarget-feature=+crt-static,-avx"], "x86_64-pc-windows")
    ''
    """
    cpu = ""
    features: dict[str, None] = {}
    for option in _codegen_options(flags):
        name, _, value = option.partition("=")
        name = name.replace("_", "-")
        if name == "target-cpu":
            cpu = value
        elif name == "target-feature":
            for item in value.split(","):
                word = item.strip()
                features.pop(word[1:], None)
                if word.startswith("+"):
                    features[word[1:]] = None
    found = []
    if cpu and cpu not in _entry(_PLAIN, triple, ("generic",)):
        found.append(f"target-cpu={cpu}")
    known = (*_NEUTRAL, *_entry(_BASE_FEATURES, triple, ()))
    special = [f"+{name}" for name in features if name not in known]
    if special:
        found.append(f"target-feature={','.join(special)}")
    return ", ".join(found)


def _codegen_options(flags: Sequence[str]) -> Iterator[str]:
    for word, following in zip(flags, [*flags[1:], ""]):
        if word in ("-C", "--codegen"):
            yield following
        elif word.startswith("--codegen="):
            yield word[len("--codegen=") :]
        elif word.startswith("-C"):
            yield word[2:]


def _entry(
    table: Mapping[str, tuple[str, ...]], triple: str, default: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the entry of the longest key that a triple begins with."""
    fitting = [key for key in table if triple.startswith(key)]
    return table[max(fitting, key=len)] if fitting else default
