"""Files for another processor, or of a newer system, than what is linked for."""

from __future__ import annotations

import re
from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_MACHINES: Final = {
    "3": "i386",
    "8": "MIPS",
    "20": "PowerPC",
    "21": "PowerPC64",
    "22": "S390",
    "40": "ARM",
    "62": "x86-64",
    "183": "AArch64",
    "243": "RISC-V",
    "258": "LoongArch",
}
"""What ELF's `e_machine` numbers mean (elf.h)."""

_COMPILERS: Final = {
    "aarch64-unknown-linux-gnu": "aarch64-linux-gnu-gcc",
    "armv7-unknown-linux-gnueabihf": "arm-linux-gnueabihf-gcc",
    "i686-unknown-linux-gnu": "i686-linux-gnu-gcc",
    "powerpc64le-unknown-linux-gnu": "powerpc64le-linux-gnu-gcc",
    "riscv64gc-unknown-linux-gnu": "riscv64-linux-gnu-gcc",
    "s390x-unknown-linux-gnu": "s390x-linux-gnu-gcc",
    "x86_64-unknown-linux-gnu": "x86_64-linux-gnu-gcc",
}
"""Debian's cross compilers."""

_OWN: Final = re.compile(r"(?:\.rcgu\.o|symbols\.o|\.rmeta)$")
"""What rustc compiled itself, for the target of the build."""
_FOREIGN: Final = re.compile(r"\.(?:rlib|a)\([^)]*(?<!\.rcgu)\.o\)$")
"""Members that a build script's C compiler made."""


def _compiler(target: str) -> str:
    return _COMPILERS.get(target, "the C compiler for the target")


def _wrong_linker(file: str, theirs: str, context: Context) -> Advice:
    target = context.target or "<triple>"
    kind = f" ({theirs})" if theirs else ""
    return Advice(
        f"{file} is what rustc compiled for {context.target or 'the target'}{kind}, "
        "and the linker that was called is one for another processor: mostly `cc` of "
        "this machine, because none is set for the target.",
        (
            Fix(f"ferrule build --zig --target {target}", "zig links for every target"),
            Fix(
                f'linker = "{_compiler(context.target)}"',
                f"in .cargo/config.toml below [target.{target}]",
            ),
        ),
        title="The linker is not one for the target",
    )


def _wrong_compiler(file: str, theirs: str, context: Context) -> Advice:
    variable = f"CC_{context.target.replace('-', '_') or '<triple>'}"
    made = f" for {theirs}" if theirs else ""
    return Advice(
        f"{file} is C code that a build script compiled{made}, and the rest of the "
        "build is for another processor: the script used the C compiler of this "
        "machine.",
        (
            Fix(
                f"ferrule build --zig --target {context.target or '<triple>'}",
                "tells build scripts a compiler for the target, too",
            ),
            Fix(
                f"{variable}={_compiler(context.target)}",
                "in the environment; a C++ compiler in CXX_...",
            ),
        ),
        title="C code was compiled for another processor than the target",
    )


def _architecture(seen: Seen, context: Context) -> Advice | None:
    file, theirs, ours = (seen.first(name) for name in ("file", "theirs", "ours"))
    machine = seen.first("machine")
    theirs = theirs or _MACHINES.get(machine, f"machine {machine}" if machine else "")
    if not (file or theirs):
        return None
    files = seen.values.get("file", ())
    own = next((name for name in files if _OWN.search(name)), "")
    if own:
        return _wrong_linker(own, theirs, context)
    # The linker tells of an archive twice, once without the member.
    foreign = next((name for name in files if _FOREIGN.search(name)), "")
    if foreign:
        return _wrong_compiler(foreign, theirs, context)
    wanted = ours or context.target or context.host or "the target of this build"
    kind = f" (it is {theirs})" if theirs else ""
    return Advice(
        f"{file or 'A library'} is not for {wanted}{kind}, so the linker passed it "
        "over or refused it. Rust and this Python, or this library, are of different "
        "architectures.",
        (
            Fix(
                "ferrule config --explain",
                "shows the lib_dir that PyO3 was given; it must be that of a Python "
                "for the target",
            ),
            Fix(
                "CARGO_BUILD_TARGET=<triple of that Python>",
                "if the Python is the right one: aarch64-apple-darwin, "
                "i686-pc-windows-msvc, ...",
            ),
        ),
    )


def _older_system(seen: Seen, context: Context) -> Advice:
    del context
    version = seen.first("version")
    needs = f" (glibc {version})" if version[:1].isdigit() else ""
    is_conda = any("conda" in line for line in seen.lines)
    mine = "conda's compiler" if is_conda else "This compiler"
    return Advice(
        f"{seen.shown('symbol')}{needs}: {mine} links against an old C library of its "
        "own, and what it links (Rust's standard library, or a library of the system) "
        "wants a newer one. Rust needs glibc 2.17 or newer.",
        (
            *(
                (
                    Fix(
                        "conda install -c conda-forge 'sysroot_linux-64>=2.28'",
                        "a newer C library for conda's compiler",
                    ),
                )
                if is_conda
                else ()
            ),
            Fix(
                'linker = "/usr/bin/cc"',
                "in .cargo/config.toml below [target.<triple>]: the system's own "
                "compiler; `conda deactivate` has the same effect",
            ),
            Fix("ferrule build --zig", "brings the C library that it links against"),
        ),
    )


def _foreign_driver(seen: Seen, context: Context) -> Advice:
    target = context.target or "<triple>"
    return Advice(
        f"rustc passes `{seen.first('flag')}` for targets with x86 processors, and "
        "the compiler that links does not know it: it is one for another processor, "
        "`cc` of this machine mostly.",
        (
            Fix("rustc -vV", "`host` shows for what it compiles unless it is told"),
            Fix(f"ferrule build --zig --target {target}", "zig links for every target"),
            Fix(
                'linker = "x86_64-linux-gnu-gcc"',
                f"in .cargo/config.toml below [target.{target}]",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="linker-of-another-processor",
        title="The compiler that links is one for another processor",
        meaning="`-m64` and `-m32` exist for x86 only.",
        signs=(
            Sign(
                "unrecognized command",
                r"unrecognized command[ -]line option '(?P<flag>-m(?:64|32))'",
            ),
        ),
        examples=("cc: error: unrecognized command-line option '-m64'",),
        advise=_foreign_driver,
    ),
    Rule(
        id="wrong-architecture-link",
        title="The linker met a file for another architecture",
        meaning=(
            "Rust's target and the Python (or another library) that is linked are not "
            "of one architecture: an x86-64 Python on an ARM Mac, a 32-bit Rust beside "
            "a 64-bit Python, a host's libpython in a cross build."
        ),
        signs=(
            Sign(
                "skipping incompatible",
                r"skipping incompatible (?P<file>\S+) when searching for "
                r"-l(?:python|pypy)",
            ),
            Sign(
                "file in wrong format",
                r"(?P<file>[^\s:]+): (?:error adding symbols: )?file in wrong format",
            ),
            # GNU ld, of processors that it was not built with.
            Sign(
                "Relocations in generic ELF (EM: ",
                r"(?P<file>[^\s:]+): Relocations in generic ELF "
                r"\(EM: (?P<machine>\d+)\)",
            ),
            # lld.
            Sign(
                " is incompatible with elf",
                r"error: (?P<file>[^\s:]+) is incompatible with (?P<ours>elf\w+)",
            ),
            # mold.
            Sign(
                "incompatible file type",
                r"(?P<file>[^\s:]+): incompatible file type: (?P<ours>\S+) is expected "
                r"but got (?P<theirs>\S+)",
            ),
            Sign(
                "skipping incompatible file",
                r"mold: warning: (?P<file>[^\s:]+): skipping incompatible file "
                r"(?P<theirs>\w+)",
            ),
            # gold.
            Sign(
                "unsupported ELF machine number",
                r"error: (?P<file>[^\s:]+): unsupported (?P<theirs>ELF machine number "
                r"\d+)",
            ),
            # Apple's old and new linker.
            Sign(
                "attempting to link with file built for",
                r"ignoring file (?P<file>[^,]+), building for (?P<ours>\S+) but "
                r"attempting to link with file built for (?P<theirs>\S+)",
            ),
            Sign(
                "required architecture",
                r"ignoring file '?(?P<file>[^',]+)'?[:,].*found architecture "
                r"'(?P<theirs>\w+)', required architecture '(?P<ours>\w+)'",
            ),
            Sign(
                "machine type '",
                r"(?:^|[ \"])(?P<file>[^\s\"]+\.\w+) : (?:warning|fatal error) "
                r"LNK(?:4272|1112): ?\S+ ?(?:\w+ )?machine type '(?P<theirs>\w+)' "
                r"conflicts with target machine type '(?P<ours>\w+)'",
            ),
        ),
        examples=(
            (
                "/usr/bin/ld: skipping incompatible /opt/arm/libpython3.12.so when "
                "searching for -lpython3.12"
            ),
            (
                "/usr/bin/ld: /opt/arm/libpython3.12.so: error adding symbols: file in "
                "wrong format"
            ),
            (
                "/usr/bin/ld: /src/target/aarch64-unknown-linux-gnu/debug/deps/"
                "a.rcgu.o: Relocations in generic ELF (EM: 183)"
            ),
            "ld: /tmp/rustcX/libring.rlib(a.o): Relocations in generic ELF (EM: 62)",
            (
                "rust-lld: error: /opt/arm/libpython3.12.so is incompatible with "
                "elf64-x86-64"
            ),
            (
                "mold: fatal: /opt/x.o: incompatible file type: x86_64 is expected "
                "but got arm64"
            ),
            # ghdl issue 1669.
            (
                "ld: warning: ignoring file /opt/py/libpython3.9.dylib, building for "
                "macOS-x86_64 but attempting to link with file built for macOS-arm64"
            ),
            (
                "ld: warning: ignoring file '/opt/py/libpython3.12.dylib': found "
                "architecture 'x86_64', required architecture 'arm64'"
            ),
            # windows-rs issue 1527, rpds issue 116.
            (
                r"C:\py\libs\python312.lib : warning LNK4272: library machine type "
                r"'x64' "
                "conflicts with target machine type 'ARM64'"
            ),
        ),
        advise=_architecture,
        url=guide.CROSS,
    ),
    Rule(
        id="linker-of-older-system",
        title="The linker's C library is older than what it links",
        meaning=(
            "Compilers of conda and of cross toolchains bring a C library, mostly an "
            "old one, so that the result runs everywhere. Whatever was made for a "
            "newer one cannot be linked with it."
        ),
        signs=(
            Sign(
                "@GLIBC_",
                r"undefined reference to (?:symbol )?[`'](?P<symbol>\w+)@@?GLIBC_"
                r"(?P<version>[\w.]+)'",
            ),
            Sign(
                "conda",
                r"conda\S*/ld: .*undefined reference to [`'](?P<symbol>getauxval|"
                r"secure_getenv|clock_gettime|__cxa_thread_atexit_impl)'",
            ),
        ),
        examples=(
            (
                "/opt/conda/bin/x86_64-conda-linux-gnu-ld: libz.so: undefined "
                "reference to `memcpy@GLIBC_2.14'"
            ),
        ),
        advise=_older_system,
        yields_to=("undefined-python-symbols", "missing-modlibs"),
    ),
)
